/** Opening the database: what is looked at before and afterwards. */
import { existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Connection } from './connection.js'
import { connect } from './driver.js'
import { isBusy } from './errors.js'
import { keepOpen, LibraryGuard, refuseSpoiled } from './libraries.js'
import { refuseNetworkFileSystem } from './network-fs.js'
import type { Settings } from './options.js'

/** An open connection, and who watches its file; a store in memory has none. */
export interface Opened {
  readonly db: Connection
  readonly guard: LibraryGuard | undefined
}

/** @param file the database file; undefined in memory */
export async function openDatabase(settings: Settings, file: string | undefined): Promise<Opened> {
  if (file === undefined) return { db: await connect(settings), guard: undefined }
  if (!settings.allowNetworkFileSystem) refuseNetworkFileSystem(file)
  refuseSpoiled(file)
  const db = await connectPatiently(settings)
  try {
    return { db, guard: new LibraryGuard(file) }
  } catch (error) {
    // Closing it would take the write-ahead log from the other library.
    keepOpen(db.raw)
    throw error
  }
}

/** Close it, unless it is the caller's own, or closing would do harm. */
export function closeDatabase({ db, guard }: Opened, settings: Settings): void {
  db.forget()
  if (settings.handle) return
  if (guard?.spoiled) {
    keepOpen(db.raw)
    return
  }
  // Statements keep a closed database open until they are collected, so SQLite does not clean up by itself: whoever copies the file that
  // the app has closed must find the jobs in it. Passive: it waits for nobody, and what others use stays.
  try {
    db.raw.exec('pragma wal_checkpoint(passive)')
  } catch {
    // Read-only or locked: the log holds what the file lacks.
  }
  db.raw.close()
}

/** True when opening would make the file. A path that cannot be looked at is left to the opening; so is a URI. */
export function isMissing(file: string | undefined): boolean {
  if (file === undefined || file.startsWith('file:')) return false
  try {
    return statSync(file, { throwIfNoEntry: false }) === undefined
  } catch {
    return false
  }
}

/** Without it no migration could make the file either. */
export function hasFolder(file: string): boolean {
  return existsSync(dirname(resolve(file)))
}

/** Two processes that make a new file at once: the switch to WAL mode does not wait for a lock by itself. */
async function connectPatiently(settings: Settings): Promise<Connection> {
  const start = performance.now()
  for (;;) {
    try {
      return await connect(settings)
    } catch (error) {
      if (!isBusy(error) || performance.now() - start > settings.busyTimeout) throw error
      await new Promise((resolve) => setTimeout(resolve, 5 + 20 * Math.random()))
    }
  }
}
