/** The caller's own transaction: the same statements on the caller's handle, without a BEGIN or COMMIT of ours. */
import { WorksongError } from '../../core/index.js'
import { Connection, type RawDatabase } from './connection.js'
import { realPath, sameLibrary, twoLibraries } from './libraries.js'
import { isDatabase } from './options.js'

interface Known {
  readonly db: Connection
  /** The real path of its file; undefined in memory. */
  readonly file: string | undefined
}

/** One connection per handle, so that its statements are prepared once. */
const handles = new WeakMap<RawDatabase, Known>()

/**
 * @param ours the engine's own database and its file's real path; undefined when it runs in memory
 * @throws WorksongError `WS_INVALID_OPTION`, `WS_SQLITE_TWO_LIBRARIES`
 */
export function callersConnection(tx: unknown, ours: { readonly raw: RawDatabase; readonly file: string | undefined }): Connection {
  if (!isDatabase(tx)) throw bad('is not a SQLite handle with prepare() and exec()')
  // Before anything is asked of the handle.
  if (ours.file !== undefined && !sameLibrary(tx, ours.raw)) throw otherLibrary(ours.file)
  const { db, file } = handles.get(tx) ?? meet(tx)
  if (db.inTransaction === false) throw bad('has no transaction open, so the job would not wait for its commit')
  if (tx !== ours.raw && ours.file !== undefined && file !== ours.file)
    throw bad(`is open on ${file ?? 'a database in memory'}, not on the store's file`)
  return db
}

function meet(tx: RawDatabase): Known {
  const db = new Connection(tx)
  const path = fileOf(db)
  const known = { db, file: path === undefined ? undefined : realPath(path) }
  handles.set(tx, known)
  return known
}

/** The file behind a connection; undefined for one in memory. */
export function fileOf(db: Connection): string | undefined {
  const main = db.all<[number, string, string]>('pragma database_list').find(([, name]) => name === 'main')
  return main?.[2] || undefined
}

function bad(problem: string): WorksongError {
  return new WorksongError('WS_INVALID_OPTION', `tx ${problem}`, {
    fix: 'Give the database handle on which your transaction (begin … commit) is open, of the same SQLite library as the store',
    field: 'tx',
  })
}

function otherLibrary(file: string): WorksongError {
  return twoLibraries(
    `tx is a handle of another SQLite library than the one with which Worksong has ${file} open. In one process, locks of one library ` +
      'do not hold against another: jobs would be lost and the file damaged',
    {
      fix:
        'Let Worksong use your library, sqlite({ path, driver: Database }) with the class that made the handle, or your handle itself, ' +
        "sqlite({ handle }); then give that library's handle as tx",
      field: 'tx',
    },
  )
}
