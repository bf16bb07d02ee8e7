/**
 * Which SQLite library runs here: the one built into Node when its SQLite is new enough, else `@photostructure/sqlite`, which has the same
 * interface and carries its binaries. Chosen by SQLite's version: Node 22 has `node:sqlite` with versions that can damage a shared file.
 */
import { WorksongError } from '../../core/index.js'
import { Connection, type RawDatabase } from './connection.js'
import { sameLibrary } from './libraries.js'
import { isDatabase, type Settings } from './options.js'
import { BUSY_MS } from './transaction.js'

/** From 3.7.0 to 3.51.2, two connections that write and checkpoint at once can damage a file in WAL mode. */
const OLDEST = [3, 51, 3] as const

export interface Library {
  readonly DatabaseSync: new (path: string) => RawDatabase
}

/** Where libraries come from; replaced in tests. */
export interface Libraries {
  /** The version of the SQLite that Node carries, if any. */
  readonly builtInVersion: string | undefined
  builtIn(): Promise<Library>
  packaged(): Promise<Library>
}

/** In a variable, because the types of Node 20 do not know it. */
const BUILT_IN: string = 'node:sqlite'

const HERE: Libraries = {
  builtInVersion: process.versions.sqlite,
  builtIn: () => import(BUILT_IN) as Promise<Library>,
  packaged: () => import('@photostructure/sqlite') as unknown as Promise<Library>,
}

export async function chooseLibrary(libraries: Libraries = HERE): Promise<Library> {
  if (libraries.builtInVersion !== undefined && isNewEnough(libraries.builtInVersion)) {
    const library = await libraries.builtIn().catch(() => undefined)
    if (library) return library
  }
  try {
    return await libraries.packaged()
  } catch (cause) {
    throw new WorksongError('WS_DRIVER_MISSING', 'No SQLite library could be loaded', {
      fix: 'Install @photostructure/sqlite@1.2.1, or use a Node that carries SQLite 3.51.3 or newer (24, 26)',
      cause,
    })
  }
}

/** True when a class is of the very library that would be chosen here. */
export async function chosenHere(driver: NonNullable<Settings['driver']>): Promise<boolean> {
  const library = await chooseLibrary().catch(() => undefined)
  return library !== undefined && sameLibrary(driver.prototype, library.DatabaseSync.prototype)
}

/** Open the file, or take the caller's handle, and make it ready for use. What it throws is SQLite's own, or a WorksongError. */
export async function connect(settings: Settings): Promise<Connection> {
  if (settings.handle) return prepareConnection(settings.handle, settings)
  const raw = await newDatabase(settings)
  try {
    return prepareConnection(raw, settings)
  } catch (error) {
    raw.close()
    throw error
  }
}

/** The file opened with the caller's library or ours, and nothing else done to it. */
export async function newDatabase(settings: Settings): Promise<RawDatabase> {
  const Database = settings.driver ?? (await chooseLibrary()).DatabaseSync
  const raw = new Database(settings.path as string)
  if (!isDatabase(raw)) throw notADriver()
  return raw
}

function notADriver(): WorksongError {
  return new WorksongError('WS_INVALID_OPTION', 'sqlite(): driver does not make SQLite databases with prepare() and exec()', {
    fix: 'Give the class of your library: Database of better-sqlite3, or DatabaseSync of node:sqlite or @photostructure/sqlite',
    field: 'driver',
  })
}

function prepareConnection(raw: RawDatabase, settings: Settings): Connection {
  const db = new Connection(raw)
  checkVersion(db.get<[string]>('select sqlite_version()')?.[0] ?? 'unknown')
  // Not mmap_size: it turns an I/O error into a crash of the process.
  if (!settings.handle) raw.exec(`pragma busy_timeout = ${BUSY_MS}; pragma foreign_keys = off; pragma journal_size_limit = 67108864`)
  const mode = db.get<[string]>('pragma journal_mode = wal')?.[0]
  if (mode !== 'wal' && mode !== 'memory') {
    throw new WorksongError('WS_STORE_FAILED', `SQLite would not switch to WAL mode (it stays in '${mode}')`, {
      fix: 'Put the file on a local disk that supports shared memory',
    })
  }
  raw.exec(`pragma synchronous = ${settings.durability === 'full' ? 'full' : 'normal'}`)
  // The first look at the file maps its shared memory, which tells whether another library has it open.
  db.get('pragma schema_version')
  return db
}

/** @throws WorksongError `WS_SQLITE_TOO_OLD` */
export function checkVersion(version: string): void {
  if (isNewEnough(version)) return
  throw new WorksongError('WS_SQLITE_TOO_OLD', `This is SQLite ${version}; those before ${OLDEST.join('.')} can damage a shared file`, {
    fix: 'Leave the choice of the library to Worksong, or use better-sqlite3 12.11 or newer, or a newer Node',
  })
}

function isNewEnough(version: string): boolean {
  const parts = version.split('.').map(Number)
  for (const [index, oldest] of OLDEST.entries()) {
    const part = parts[index] ?? 0
    if (part !== oldest) return part > oldest
  }
  return true
}
