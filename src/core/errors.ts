/** The one error class, with stable codes. docs/reference/errors.md lists exactly these codes; a test says so. */

/** Every code, with what it means. The text of an error adds what happened here and the fix. */
export const ERROR_CODES = {
  WS_INVALID_OPTION: 'An option or argument is missing, unknown, or out of range.',
  WS_INVALID_DURATION: 'A duration was not understood.',
  WS_INVALID_NAME: 'A job, queue or worker name has characters that are not allowed, or is too long.',
  WS_INVALID_INPUT: "The input did not pass the job's schema.",
  WS_INVALID_OUTPUT: "The handler's result did not pass the job's output schema.",
  WS_UNSTORABLE: 'A value cannot be carried by JSON without change.',
  WS_TOO_LARGE: 'A payload, result or other value is over its size limit.',
  WS_SOURCE_FAILED: 'What enqueueMany was given threw: its source of entries, or onOutcome.',
  WS_UNREADABLE: 'A stored value could not be decoded.',
  WS_DUPLICATE_JOB: 'Two definitions claim the same job name.',
  WS_UNKNOWN_JOB: 'No definition of that job name is known here.',
  WS_NO_HANDLER: 'The job is defined without a handler and none was attached with implement().',
  WS_JOB_NOT_FOUND: 'No job has that id.',
  WS_JOB_NOT_WAITING: 'The job cannot be run here: it runs already, has ended, or is blocked.',
  WS_JOB_NOT_DONE: 'A job that was run here and now asked to be run again later.',
  WS_JOB_DEAD: 'The job that was waited for is dead.',
  WS_JOB_CANCELLED: 'The job was cancelled.',
  WS_UNKNOWN_OUTCOME: 'A handler returned an outcome that this version does not know.',
  WS_TIMEOUT: 'Something took longer than its limit.',
  WS_LEASE_LOST: 'The worker was silent for longer than its lease; its jobs belong to others now.',
  WS_STOPPING: 'The worker is stopping.',
  WS_CLOSED: 'The app, worker or engine is closed.',
  WS_THREAD: 'A job that runs in its own thread could not be started or died.',
  WS_IN_THREAD: 'A module starts an app while it is loaded in a thread, to run a job of its own.',
  WS_STORE_UNREACHABLE: 'The store cannot be reached: host unknown, port closed, network down.',
  WS_STORE_REFUSED: 'The store refused the connection: too many connections, starting up, or not allowed from here.',
  WS_STORE_PASSWORD: 'The store did not accept the user or password.',
  WS_STORE_NO_DATABASE: 'The database does not exist.',
  WS_STORE_RIGHTS: 'The user lacks a right that is needed.',
  WS_STORE_READ_ONLY: 'The store is read-only: a standby, a read-only file or folder.',
  WS_STORE_DISK_FULL: 'The disk of the store is full.',
  WS_STORE_BUSY: 'The store stayed locked by others for too long.',
  WS_STORE_BROKEN: 'The store file is damaged or not a Worksong store.',
  WS_STORE_FAILED: 'The store failed in a way that has no code of its own.',
  WS_SQLITE_TOO_OLD: 'The SQLite library has a bug that can damage a file shared by several processes.',
  WS_SQLITE_TWO_LIBRARIES: 'Two SQLite libraries have the file open in one process: their locks do not hold against each other.',
  WS_NETWORK_FILE_SYSTEM: 'A SQLite file shared over a network file system can be damaged.',
  WS_POSTGRES_TOO_OLD: 'The Postgres server is older than version 13.',
  WS_SCHEMA_MISSING: 'The store has no Worksong schema yet.',
  WS_SCHEMA_OLD: 'The schema of the store is older than this version of Worksong needs.',
  WS_SCHEMA_NEW: 'The schema of the store is too new for this version of Worksong.',
  WS_APP_NOT_FOUND: 'The command line found no worksong.config file, and none was named.',
  WS_APP_BROKEN: 'The file that should give the app could not be loaded, or gives none.',
  WS_DRIVER_MISSING: 'A library that this needs is not installed.',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** What an `enqueueMany` that ended early had done by then. */
export interface EntryCounts {
  readonly enqueued: number
  readonly duplicates: number
  readonly rejected: number
}

export interface ErrorDetails {
  /** What to do about it, as a sentence. */
  fix?: string
  /** The option, argument or JSON path that is at fault. */
  field?: string
  cause?: unknown
  /** True when the same call may succeed later without any change. */
  retryable?: boolean
  /** True when the store may or may not have done it (the connection was lost in the commit). */
  unknownOutcome?: boolean
  /** Of `enqueueMany`: what became of the entries before it ended. */
  counts?: EntryCounts
  /** Of a verb that acts on all jobs that pass a filter: on how many it had acted before it failed. */
  done?: number
}

/** Every error that Worksong raises itself: what happened, why, the fix, and a stable `code`. */
export class WorksongError extends Error {
  override readonly name = 'WorksongError'
  readonly code: ErrorCode
  readonly fix: string | undefined
  readonly field: string | undefined
  readonly retryable: boolean
  readonly unknownOutcome: boolean
  readonly counts: EntryCounts | undefined
  readonly done: number | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const text = details.fix ? `${message}. ${details.fix}` : message
    super(text, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.fix = details.fix
    this.field = details.field
    this.retryable = details.retryable ?? false
    this.unknownOutcome = details.unknownOutcome ?? false
    this.counts = details.counts
    this.done = details.done
  }
}

/** What happened, without the fix, where that stands by itself. */
export function problemOf({ message, fix }: WorksongError): string {
  return fix && message.endsWith(`. ${fix}`) ? message.slice(0, -fix.length - 2) : message
}

/** The same error in other words, for those to whom it is said: what is not given stays as it is. */
export function reworded(error: WorksongError, words: ErrorDetails & { readonly problem?: string }): WorksongError {
  const { code, fix, field, retryable, unknownOutcome, counts, done, cause, message, stack = '' } = error
  const { problem = problemOf(error), ...details } = words
  const made = new WorksongError(code, problem, {
    ...(fix === undefined ? {} : { fix }),
    ...(field === undefined ? {} : { field }),
    ...(counts === undefined ? {} : { counts }),
    ...(done === undefined ? {} : { done }),
    retryable,
    unknownOutcome,
    cause,
    ...details,
  })
  // Where it arose, not where it was said anew.
  return Object.assign(made, { stack: stack.replace(message, () => made.message) })
}

/** True for a WorksongError, optionally of one code. Works across copies of the package. */
export function isWorksongError(error: unknown, code?: ErrorCode): error is WorksongError {
  if (typeof error !== 'object' || error === null) return false
  const candidate = error as { name?: unknown; code?: unknown }
  return candidate.name === 'WorksongError' && (code === undefined || candidate.code === code)
}
