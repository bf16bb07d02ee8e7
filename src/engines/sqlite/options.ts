/** What a caller may say about the SQLite store, checked once. */
import { WorksongError } from '../../core/index.js'
import type { RawDatabase } from './connection.js'

export interface SqliteOptions {
  /** The database file (its folder must exist), or ':memory:' for a store that lives as long as the engine. Not needed with `handle`. */
  readonly path?: string | undefined
  /**
   * An open `node:sqlite`, `@photostructure/sqlite` or `better-sqlite3` database to run on. It is put into WAL mode, is never closed by the
   * engine, and must have no transaction of yours open while the engine works on it: give `tx` at enqueue for that.
   */
  readonly handle?: unknown | undefined
  /**
   * With `path`: the class of your own SQLite library (`Database` of better-sqlite3, `DatabaseSync` of node:sqlite), when you open the file
   * with it in the same process, too. Two libraries on one file in one process damage it: their locks do not hold against each other.
   */
  readonly driver?: (new (path: string) => unknown) | undefined
  /** 'full': a commit survives the crash of the machine. The other one syncs less often, and is only as safe as it says. */
  readonly durability?: 'full' | 'os-crash-may-lose-last-commits' | undefined
  /** The store's clock, in Unix milliseconds. */
  readonly clock?: (() => number) | undefined
  /** How long to wait for other processes' locks, in ms. Default 10 000. */
  readonly busyTimeout?: number | undefined
  /** Use a file on a network file system all the same. Safe only while a single machine has it open. */
  readonly allowNetworkFileSystem?: boolean | undefined
}

export interface Settings {
  readonly path: string | undefined
  readonly handle: RawDatabase | undefined
  readonly driver: (new (path: string) => unknown) | undefined
  readonly durability: 'full' | 'os-crash-may-lose-last-commits'
  readonly clock: () => number
  readonly busyTimeout: number
  readonly allowNetworkFileSystem: boolean
}

const KNOWN = new Set(['path', 'handle', 'driver', 'durability', 'clock', 'busyTimeout', 'allowNetworkFileSystem'])

/** @throws WorksongError `WS_INVALID_OPTION` */
export function parseOptions(options: SqliteOptions): Settings {
  for (const key of Object.keys(options)) if (!KNOWN.has(key)) throw bad(key, 'is not an option of sqlite()')
  const { path, handle, driver, durability = 'full', clock = Date.now, busyTimeout = 10_000 } = options
  if (handle === undefined ? typeof path !== 'string' || path === '' : path !== undefined)
    throw bad('path', 'or handle: give one of the two')
  // Not repeated: it may have a password.
  if (path !== undefined && /^(?!file:)\w[\w+.-]+:\/\//.test(path)) throw bad('path', 'is a URL, and not the path of a file')
  if (handle !== undefined && !isDatabase(handle)) throw bad('handle', 'is not an open SQLite database with prepare() and exec()')
  if (driver !== undefined && (handle !== undefined || typeof driver?.prototype !== 'object')) {
    throw bad('driver', 'must be the class of a SQLite library, and goes with path')
  }
  if (durability !== 'full' && durability !== 'os-crash-may-lose-last-commits') {
    throw bad('durability', "must be 'full' or 'os-crash-may-lose-last-commits'")
  }
  if (typeof clock !== 'function') throw bad('clock', 'must be a function that returns Unix milliseconds')
  if (!Number.isFinite(busyTimeout) || busyTimeout < 0) throw bad('busyTimeout', 'must be a number of milliseconds')
  return { path, handle, driver, durability, clock, busyTimeout, allowNetworkFileSystem: options.allowNetworkFileSystem === true }
}

/** True for what has the shape of a `node:sqlite` or `better-sqlite3` database. */
export function isDatabase(value: unknown): value is RawDatabase {
  const candidate = value as Partial<RawDatabase> | null
  return (
    typeof candidate === 'object' && candidate !== null && typeof candidate.prepare === 'function' && typeof candidate.exec === 'function'
  )
}

function bad(field: string, problem: string): WorksongError {
  return new WorksongError('WS_INVALID_OPTION', `sqlite(): ${field} ${problem}`, {
    fix: "For example sqlite({ path: 'worksong.db' }), sqlite({ path: ':memory:' }) or sqlite({ handle: database }).",
    field,
  })
}
