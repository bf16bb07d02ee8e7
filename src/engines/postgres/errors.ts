/** What Postgres and the network say, as typed errors. */
import { type ErrorCode, type ErrorDetails, WorksongError } from '../../core/index.js'
import { ENCODE } from './url.js'

interface PostgresError extends Error {
  code?: string
  detail?: string
  /** Of the server: the function of its source that said it, whatever its language. */
  routine?: string
  /** Of Node: the call of the system that failed. */
  syscall?: string
}

interface Reading {
  readonly code: ErrorCode
  readonly what: string
  readonly fix: string
  readonly retryable?: boolean
}

/** By SQLSTATE, or by its class (the first two characters). */
const STATES: Readonly<Record<string, Reading>> = {
  '28P01': {
    code: 'WS_STORE_PASSWORD',
    what: 'Postgres did not accept the password',
    fix: `Check the user and password of the store URL. ${ENCODE}`,
  },
  '28000': { code: 'WS_STORE_REFUSED', what: 'Postgres does not let this user in from here', fix: 'Check pg_hba.conf and the user name.' },
  '3D000': {
    code: 'WS_STORE_NO_DATABASE',
    what: 'The database does not exist',
    fix: 'Create it (createdb NAME), or correct the store URL.',
  },
  '3F000': { code: 'WS_SCHEMA_MISSING', what: 'The Worksong schema does not exist', fix: "Run 'worksong migrate'." },
  '42P01': { code: 'WS_SCHEMA_MISSING', what: 'A Worksong table does not exist', fix: "Run 'worksong migrate'." },
  '42883': { code: 'WS_SCHEMA_OLD', what: 'A Worksong function does not exist', fix: "Run 'worksong migrate'." },
  '42501': {
    code: 'WS_STORE_RIGHTS',
    what: 'The user lacks a right',
    fix: 'Grant what docs/operate/postgres.md lists, or migrate as the owner.',
  },
  '25006': {
    code: 'WS_STORE_READ_ONLY',
    what: 'Postgres is read-only here',
    fix: "Point the store URL at the primary, or switch default_transaction_read_only off; 'worksong doctor' tells which.",
    retryable: true,
  },
  '53100': { code: 'WS_STORE_DISK_FULL', what: 'The disk of Postgres is full', fix: 'Free some space.', retryable: true },
  '53300': {
    code: 'WS_STORE_REFUSED',
    what: 'Postgres has no connection left',
    fix: 'Raise max_connections or use a pooler.',
    retryable: true,
  },
  '57P03': { code: 'WS_STORE_REFUSED', what: 'Postgres is starting up or shutting down', fix: 'It will be back.', retryable: true },
  '55P03': { code: 'WS_STORE_BUSY', what: 'A lock was not to be had in time', fix: 'Look for a long transaction.', retryable: true },
  '57014': { code: 'WS_STORE_BUSY', what: 'A statement took too long and was cancelled', fix: 'Look for locks or load.', retryable: true },
  '40001': { code: 'WS_STORE_BUSY', what: 'A transaction collided with another', fix: 'It is tried again.', retryable: true },
  '40P01': { code: 'WS_STORE_BUSY', what: 'A transaction was part of a deadlock', fix: 'It is tried again.', retryable: true },
}

/** Also SQLSTATE 28000. */
const UNKNOWN_USER: Reading = {
  code: 'WS_STORE_REFUSED',
  what: 'Postgres has no such user',
  fix: 'Correct the user of the store URL, or make the role: create role … login (alter role … login, if it is there but may not log in).',
}
const REACH = 'Is it running, and are host, port and firewall right?'

/** Faults of what was to be written: data, constraints, limits. All others are the store's. */
const OF_A_ROW = /^(22|23|54)/
const SQLSTATE = /^[0-9A-Z]{5}$/
const NETWORK = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'ENOENT', 'EACCES'])
/** Not 'read' alone: so is called what a socket does, too. */
const FILE_CALLS = new Set(['open', 'stat', 'fstat'])
const NO_FILE = new Set(['ENOENT', 'EACCES', 'ENOTDIR', 'ENAMETOOLONG'])
const BROKEN =
  /terminated|connection (was )?(closed|reset|ended)|ECONNRESET|EPIPE|socket hang up|not queryable|read timeout|Query read timeout/i

/**
 * Any thrown value as a WorksongError. `place` is the store without its password.
 * @param sent whether a statement may have reached the server: then a broken connection leaves its outcome unknown
 * @param proven whether the store has served us before: then a right, password or table that is missing now may come back
 */
export function toWorksongError(thrown: unknown, place: string, sent: boolean, proven = false): WorksongError {
  if (thrown instanceof WorksongError) return thrown
  const error = thrown as PostgresError
  const code = error?.code ?? ''
  const known = code === '28000' && error.routine === 'InitializeSessionUserId' ? UNKNOWN_USER : STATES[code]
  if (known)
    return make(known.code, `${known.what} (${error.message})`, place, {
      fix: known.fix,
      retryable: known.retryable ?? proven,
      cause: thrown,
    })
  const message = String(error?.message ?? thrown)
  // Of a pool: our own URLs have been read before.
  if (code === 'ERR_INVALID_URL' || thrown instanceof URIError) {
    const fix = `${ENCODE} The port is a number.`
    return new WorksongError('WS_INVALID_OPTION', 'The store URL cannot be read', { fix, field: 'store' })
  }
  if (code.startsWith('08') || code.startsWith('57P') || BROKEN.test(message) || BROKEN.test(code)) {
    const details = { retryable: true, unknownOutcome: sent, cause: thrown, fix: 'Worksong reconnects by itself.' }
    return make('WS_STORE_UNREACHABLE', `The connection to Postgres was lost (${message})`, place, details)
  }
  if ((FILE_CALLS.has(error?.syscall ?? '') && NO_FILE.has(code)) || code === 'EISDIR') return noFile(code, place, proven)
  if (/not support SSL/i.test(message)) {
    const fix = 'Switch SSL on at the server, or leave sslmode out of the store URL and ssl out of its options.'
    return make('WS_STORE_REFUSED', `Postgres does not offer SSL (${message})`, place, { cause: thrown, fix })
  }
  if (NETWORK.has(code) || /timeout expired|timeout exceeded|connect/i.test(message)) {
    const details = { retryable: true, cause: thrown, fix: code === 'ENOTFOUND' ? `Is the host right? ${ENCODE}` : REACH }
    return make('WS_STORE_UNREACHABLE', `Postgres cannot be reached (${code || message})`, place, details)
  }
  if (/password/i.test(message)) {
    return make('WS_STORE_PASSWORD', `Postgres asks for a password (${message})`, place, {
      fix: 'Give one in the store URL.',
      retryable: proven,
      cause: thrown,
    })
  }
  return make('WS_STORE_FAILED', `Postgres failed: ${message}`, place, {
    cause: thrown,
    retryable: code.startsWith('53') || code.startsWith('58') || (proven && SQLSTATE.test(code) && !OF_A_ROW.test(code)),
  })
}

/** Whether the jobs of a claim were too much for one answer. */
export function isTooMuch(error: unknown): boolean {
  return ((error as Error | undefined)?.cause as PostgresError | undefined)?.code === '53400'
}

/**
 * Whether a statement that was prepared before is not there any more, or is another one: a session was changed under us, or the text was (a
 * caller's class of clients may write into it).
 */
export function isPreparedFault(error: unknown): boolean {
  const { code, message = '' } = ((error as Error | undefined)?.cause ?? {}) as PostgresError
  return (
    code === '26000' ||
    code === '42P05' ||
    (code === '0A000' && message.includes('cached plan')) ||
    /^Prepared statements must be unique/.test(message)
  )
}

/** Of a certificate or key. It is not named: some give the key itself where its file belongs. */
function noFile(code: string, place: string, proven: boolean): WorksongError {
  const fix = 'Look for the files that sslkey, sslcert and sslrootcert of the store URL name: this user must be able to read them.'
  return make('WS_INVALID_OPTION', `A file that the store URL names cannot be read (${code})`, place, {
    fix,
    field: 'store',
    retryable: proven,
  })
}

function make(code: ErrorCode, text: string, place: string, details: ErrorDetails): WorksongError {
  return new WorksongError(code, `${text}, at ${place}`, details)
}
