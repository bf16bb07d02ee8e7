/** The caller's own transaction: the same statements on the caller's handle, without a BEGIN or COMMIT of ours. */
import { realpathSync } from 'node:fs'
import { WorksongError } from '../../core/index.js'
import { Connection, type RawDatabase } from './connection.js'
import { isDatabase } from './options.js'

/** One connection per handle, so that its statements are prepared once. */
const connections = new WeakMap<RawDatabase, Connection>()

/**
 * @param ours the engine's own database file; undefined when it runs in memory
 * @throws WorksongError `WS_INVALID_OPTION`
 */
export function callersConnection(tx: unknown, ours: string | undefined): Connection {
  if (!isDatabase(tx)) throw bad('is not a SQLite handle with prepare() and exec()')
  const known = connections.get(tx)
  const db = known ?? new Connection(tx)
  if (db.inTransaction === false) throw bad('has no transaction open, so the job would not wait for its commit')
  if (known) return known
  const theirs = fileOf(db)
  if (ours !== undefined && theirs !== undefined && realPath(theirs) !== realPath(ours)) throw bad(`is open on another file, ${theirs}`)
  connections.set(tx, db)
  return db
}

/** The file behind a connection; undefined for one in memory. */
export function fileOf(db: Connection): string | undefined {
  const main = db.all<[number, string, string]>('pragma database_list').find(([, name]) => name === 'main')
  return main?.[2] || undefined
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function bad(problem: string): WorksongError {
  return new WorksongError('WS_INVALID_OPTION', `tx ${problem}`, {
    fix: 'Give the node:sqlite or better-sqlite3 database on which your transaction (begin … commit) is open',
    field: 'tx',
  })
}
