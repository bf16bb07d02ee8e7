/** What SQLite throws, as Worksong's typed errors. The three drivers name the same result code in different properties. */
import { accessSync, constants, existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type ErrorCode, type ErrorDetails, isWorksongError, WorksongError } from '../../core/index.js'

const BUSY = 5
const LOCKED = 6
const CONSTRAINT = 19
const NAMES: Record<string, number> = {
  SQLITE_ERROR: 1,
  SQLITE_PERM: 3,
  SQLITE_BUSY: BUSY,
  SQLITE_LOCKED: LOCKED,
  SQLITE_READONLY: 8,
  SQLITE_IOERR: 10,
  SQLITE_CORRUPT: 11,
  SQLITE_FULL: 13,
  SQLITE_CANTOPEN: 14,
  SQLITE_PROTOCOL: 15,
  SQLITE_CONSTRAINT: CONSTRAINT,
  SQLITE_AUTH: 23,
  SQLITE_NOTADB: 26,
}

/**
 * What SQLite itself calls its result codes. @photostructure/sqlite says no more than this of an error that comes while it reads all rows
 * of a statement.
 */
const WORDS: readonly (readonly [RegExp, number])[] = [
  [/^database (table )?is locked/, BUSY],
  [/^attempt to write a readonly database/, 8],
  [/^disk I\/O error/, 10],
  [/^database disk image is malformed/, 11],
  [/^database or disk is full/, 13],
  [/^unable to open database file/, 14],
  [/^locking protocol/, 15],
  [/constraint failed/, CONSTRAINT],
  [/^file is not a database/, 26],
]

/** SQLite's primary result code of a thrown error, or undefined when SQLite did not throw it. */
function resultCode(error: unknown): number | undefined {
  const { errcode, code, message } = (error ?? {}) as { errcode?: unknown; code?: unknown; message?: unknown }
  if (typeof errcode === 'number') return errcode & 0xff
  if (code === 'ERR_SQLITE_ERROR') return WORDS.find(([words]) => words.test(String(message)))?.[1]
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return undefined
  return NAMES[code] ?? NAMES[code.split('_').slice(0, 2).join('_')]
}

/** Another connection holds the lock: trying again helps. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error)
  return code === BUSY || code === LOCKED
}

/** What is in the file is not what SQLite wrote. */
export function isBroken(error: unknown): boolean {
  return resultCode(error) === 11
}

/** A unique key or another rule of a table refused the row. */
export function isConstraint(error: unknown): boolean {
  return resultCode(error) === CONSTRAINT
}

/**
 * @param place the store, for the text
 * @param committing true when the commit itself threw: after a failed sync nobody knows what is on the disk
 */
export function toWorksongError(error: unknown, place: string, committing = false): WorksongError {
  if (isWorksongError(error)) return error
  const message = error instanceof Error ? error.message : String(error)
  const make = (code: ErrorCode, what: string, details: ErrorDetails = {}): WorksongError =>
    new WorksongError(code, `SQLite store ${place}: ${what}`, { cause: error, ...details })
  switch (resultCode(error)) {
    case BUSY:
    case LOCKED:
    case 15:
      return busyError(place, error)
    case 8:
      return make('WS_STORE_READ_ONLY', 'it cannot be written to', { fix: 'Make the file and its folder writable for this user' })
    case 13:
      return make('WS_STORE_DISK_FULL', 'the disk is full', { fix: 'Free some space; nothing was written', retryable: true })
    case 10:
      return make('WS_STORE_FAILED', `the disk reported an error (${message})`, { retryable: true, unknownOutcome: committing })
    case 14:
      return cannotOpen(place, error)
    case 11:
      return make('WS_STORE_BROKEN', `the file is damaged (${message})`, { fix: "Run sqlite3's .recover on a copy, or restore a backup" })
    case 26:
      return make('WS_STORE_BROKEN', 'the file is not a SQLite database', { fix: 'Give the path of another file' })
    case 3:
    case 23:
      return make('WS_STORE_RIGHTS', message, { fix: 'Give this user the right to read and write the file' })
    default:
      // better-sqlite3 looks for the folder itself.
      return /directory does not exist/.test(message) ? cannotOpen(place, error) : fromMessage(message, make)
  }
}

export function busyError(place: string, cause?: unknown): WorksongError {
  return new WorksongError('WS_STORE_BUSY', `SQLite store ${place}: it stayed locked by another process or connection`, {
    fix: 'Look for a long transaction on the file; busyTimeout says how long to wait',
    retryable: true,
    cause,
  })
}

/** For those who only look: a path that was mistyped must not become a new store. */
export function noFileError(path: string): WorksongError {
  const folder = dirname(resolve(path))
  if (!existsSync(folder)) {
    return new WorksongError('WS_STORE_NO_DATABASE', `There is no folder ${folder}, so no file ${resolve(path)}`, {
      fix: `Check the path (--store, or the store of the app); if it is right: mkdir -p '${folder}', then 'worksong migrate'`,
    })
  }
  return new WorksongError('WS_STORE_NO_DATABASE', `There is no file ${resolve(path)}`, {
    fix: "Check the path (--store, or the store of the app); if it is right, 'worksong migrate' makes the file",
  })
}

type Make = (code: ErrorCode, what: string, details?: ErrorDetails) => WorksongError

function fromMessage(message: string, make: Make): WorksongError {
  if (/no such table: (\w+\.)?worksong_/.test(message)) {
    return make('WS_SCHEMA_MISSING', 'it has no Worksong tables yet', { fix: 'Run `worksong migrate`, or let app.start() do it' })
  }
  if (/no such column|has no column named/.test(message)) {
    return make('WS_SCHEMA_OLD', `its tables are of an older version (${message})`, { fix: 'Run `worksong migrate`' })
  }
  if (/within a transaction/.test(message)) {
    return make('WS_STORE_BUSY', 'its handle has an open transaction', {
      fix: 'Give the engine a handle of its own, and hand your transaction to enqueue as tx',
      retryable: true,
    })
  }
  if (/not open/.test(message)) return make('WS_CLOSED', 'the database handle is closed')
  return make('WS_STORE_FAILED', message)
}

function cannotOpen(place: string, cause: unknown): WorksongError {
  const folder = dirname(place)
  if (!existsSync(folder)) {
    return new WorksongError('WS_STORE_UNREACHABLE', `SQLite store ${place}: the folder ${folder} does not exist`, {
      fix: `Create it: mkdir -p ${folder}`,
      cause,
    })
  }
  const rights = existsSync(place) ? canUse(place) : canUse(folder)
  const code = rights ? 'WS_STORE_UNREACHABLE' : 'WS_STORE_RIGHTS'
  return new WorksongError(code, `SQLite store ${place}: the file cannot be opened${rights ? '' : ' by this user'}`, {
    fix: rights
      ? 'Give the path of a file, in a folder where files can be made'
      : `Give this user the right to write ${place} and ${folder}`,
    cause,
  })
}

function canUse(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}
