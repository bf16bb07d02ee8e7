/** A look at a SQLite store for an operator. On the engine's own connection where there is one, else on one of its own; writes nothing. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { CHECKS, type Check, checked, type Found, ofClock, ofSchema, sizeOf, unreachable, wordsOf } from '../../engine/index.js'
import { Connection } from './connection.js'
import { checkVersion, newDatabase } from './driver.js'
import { isBroken, isBusy, noFileError, toWorksongError } from './errors.js'
import { keepOpen, LibraryGuard, refuseSpoiled } from './libraries.js'
import { schemaStatus } from './migrations.js'
import { networkFileSystem } from './network-fs.js'
import { hasFolder, isMissing, type Opened } from './open.js'
import type { Settings } from './options.js'
import { MIGRATIONS } from './sql/schema.js'

const NAMES = [...CHECKS, 'journal', 'durability', 'file-system', 'libraries', 'content'] as const
const GIB = 2 ** 30
/** So much can be read through in well under a second, in which nothing else happens in this process. */
const READ_THROUGH = 64 * 2 ** 20
/** A log is checkpointed into the file, and may have to be written once more meanwhile. */
const WAL_ROOM = 2

type Looks = Readonly<Record<(typeof NAMES)[number], () => Found>>

export interface Store {
  readonly settings: Settings
  /** The database file; undefined in memory. */
  readonly file: string | undefined
  /** What the engine has open. */
  readonly opened: Opened | undefined
}

export async function diagnose(store: Store): Promise<readonly Check[]> {
  const place = store.file ?? ':memory:'
  let own: Opened | undefined
  try {
    const began = performance.now()
    own = store.opened ? undefined : await openToLook(store)
    const { db, guard } = store.opened ?? (own as Opened)
    db.get('pragma schema_version')
    const looks = looksOf(store, db, guard, performance.now() - began)
    return await Promise.all(NAMES.map((name) => checked(name, looks[name])))
  } catch (error) {
    return unreachable(NAMES, toWorksongError(error, place))
  } finally {
    if (own) letGo(own, store.settings)
  }
}

/** Unlike the engine's own opening it makes no file and switches nothing. */
async function openToLook({ settings, file }: Store): Promise<Opened> {
  if (settings.handle) return { db: new Connection(settings.handle), guard: undefined }
  if (isMissing(file) && hasFolder(file as string)) throw noFileError(file as string)
  if (file !== undefined) refuseSpoiled(file)
  const db = new Connection(await newDatabase(settings))
  try {
    db.raw.exec('pragma busy_timeout = 25')
    db.get('pragma schema_version')
    return { db, guard: file === undefined ? undefined : new LibraryGuard(file) }
  } catch (error) {
    letGo({ db, guard: undefined }, settings)
    throw error
  }
}

/** Closing it beside another library would take the log from that one; so it stays open then. */
function letGo({ db, guard }: Opened, settings: Settings): void {
  db.forget()
  if (settings.handle) return
  if (guard?.spoiled) keepOpen(db.raw)
  else db.raw.close()
}

function looksOf({ settings, file }: Store, db: Connection, guard: LibraryGuard | undefined, ms: number): Looks {
  const folder = file === undefined ? '' : dirname(resolve(file))
  return {
    reach: () => ({ status: 'ok', text: `${file ?? 'A store in memory'} was opened and read in ${ms.toFixed(1)} ms` }),
    version: () => versionOf(db),
    schema: () => schemaOf(db, file),
    rights: () => (file === undefined ? inMemory() : rightsOf(db, file, folder)),
    clock: () => clockOf(settings),
    disk: () => (file === undefined ? inMemory() : diskOf(file, folder)),
    journal: () => journalOf(db, file),
    durability: () => (file === undefined ? inMemory() : durabilityOf(settings)),
    'file-system': () => (file === undefined ? inMemory() : fileSystemOf(settings, file, folder)),
    libraries: () => librariesOf(guard),
    content: () => (file === undefined ? inMemory() : contentOf(db, file)),
  }
}

/** A damaged file opens, and much of it can be read. */
function contentOf(db: Connection, file: string): Found {
  const size = statSync(file).size
  if (size > READ_THROUGH) {
    const text = `The file holds ${sizeOf(size)}, too much to be read through here: sqlite3 '${file}' 'pragma quick_check' does it`
    return { status: 'unknown', text }
  }
  const found = damageOf(db)
  if (found === undefined) return { status: 'ok', text: 'The file was read through, and is whole' }
  return {
    status: 'failed',
    text: `The file is damaged: ${found}`,
    fix: "Stop what uses it; run sqlite3's .recover on a copy, or restore a backup",
  }
}

function damageOf(db: Connection): string | undefined {
  try {
    const found = db.get<[string]>('pragma quick_check(1)')?.[0]
    return found === 'ok' ? undefined : found
  } catch (error) {
    if (isBroken(error)) return wordsOf(error)
    throw error
  }
}

function inMemory(): Found {
  return { status: 'ok', text: 'The store is in memory, and ends with its process' }
}

function versionOf(db: Connection): Found {
  const version = db.get<[string]>('select sqlite_version()')?.[0] ?? 'unknown'
  try {
    checkVersion(version)
    return { status: 'ok', text: `SQLite ${version}` }
  } catch (error) {
    return { status: 'failed', text: wordsOf(error), fix: (error as { fix?: string }).fix ?? 'Use a newer library' }
  }
}

function schemaOf(db: Connection, file: string | undefined): Found {
  const status = schemaStatus(db)
  if (file === undefined && status.current === 0) return { status: 'ok', text: 'A store in memory gets its tables when the app starts' }
  return ofSchema(status, missingOf(db))
}

/** Tables that this version makes and that are not there. */
function missingOf(db: Connection): string[] {
  const there = new Set(db.all<[string]>("select name from sqlite_master where type = 'table'").map(([name]) => name))
  const wanted = MIGRATIONS.flatMap(({ sql }) => [...sql.matchAll(/^create table (\w+)/gm)].map(([, name]) => name as string))
  return wanted.filter((name) => !there.has(name))
}

function rightsOf(db: Connection, file: string, folder: string): Found {
  for (const path of [folder, file, `${file}-wal`, `${file}-shm`]) {
    if (path !== folder && path !== file && !existsSync(path)) continue
    try {
      accessSync(path, constants.R_OK | constants.W_OK)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EROFS') {
        return { status: 'failed', text: `${path} is on a read-only file system`, fix: 'Mount it writable, or move the store' }
      }
      return {
        status: 'failed',
        text: `This user may not read and write ${path}`,
        fix: `Give this user the right to write ${folder} and the files of the store in it`,
      }
    }
  }
  if (db.inTransaction) return { status: 'ok', text: `${file} and its folder may be written` }
  try {
    // The write lock, given back at once: nothing else tells whether SQLite would write.
    db.run('begin immediate')
    db.run('rollback')
  } catch (error) {
    if (isBusy(error)) return { status: 'ok', text: `${file} and its folder may be written; another is writing just now` }
    const { message, fix } = toWorksongError(error, file)
    return { status: 'failed', text: message, fix: fix ?? `Give this user the right to write ${folder}` }
  }
  return { status: 'ok', text: `${file} and its folder may be written` }
}

function clockOf({ clock }: Settings): Found {
  if (clock === Date.now) return { status: 'ok', text: "The store's clock is this machine's" }
  return ofClock(clock() - Date.now(), 0)
}

function diskOf(file: string, folder: string): Found {
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  const wal = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
  const size = statSync(file).size
  const text = `${sizeOf(free)} free; the file holds ${sizeOf(size)}, its log ${sizeOf(wal)}`
  if (free >= Math.max(GIB, WAL_ROOM * wal)) return { status: 'ok', text }
  return { status: 'warn', text, fix: `Free some space on the disk of ${folder}, or shorten the retention` }
}

function journalOf(db: Connection, file: string | undefined): Found {
  const mode = db.get<[string]>('pragma journal_mode')?.[0]
  if (mode === 'wal' || file === undefined) return { status: 'ok', text: `Journal mode ${mode}` }
  return {
    status: 'warn',
    text: `The journal mode is ${mode}: readers and writers wait for each other`,
    fix: "Start the app or run 'worksong migrate': both switch the file to WAL",
  }
}

function durabilityOf({ durability }: Settings): Found {
  if (durability === 'full') return { status: 'ok', text: 'Every commit is synced to the disk (synchronous = full)' }
  return { status: 'ok', text: 'As chosen, a crash of the machine may lose the last commits (synchronous = normal)' }
}

function fileSystemOf({ allowNetworkFileSystem }: Settings, file: string, folder: string): Found {
  if (process.platform !== 'linux') return { status: 'unknown', text: 'Only Linux tells whether a folder is on the network' }
  const name = networkFileSystem(file)
  if (name === undefined) return { status: 'ok', text: `${folder} is on a local disk` }
  return {
    status: allowNetworkFileSystem ? 'warn' : 'failed',
    text: `${folder} is on ${name}, a network file system: locks do not hold there between machines`,
    fix: 'Put the file on a local disk, or use Postgres',
  }
}

function librariesOf(guard: LibraryGuard | undefined): Found {
  try {
    guard?.check()
    return { status: 'ok', text: 'No other SQLite library of this process has the file open' }
  } catch (error) {
    return { status: 'failed', text: wordsOf(error), fix: (error as { fix?: string }).fix ?? 'Use one library per process' }
  }
}
