/** The SQLite store: one file, any number of processes on one machine, nothing to run beside it. */
import type { Engine } from '../../engine/index.js'
import { SqliteEngine } from './engine.js'
import { parseOptions, type SqliteOptions } from './options.js'

export { openBeat } from './beat.js'
export type { SqliteOptions } from './options.js'

/**
 * A store in a SQLite file, in memory, or on a database handle of yours.
 * @throws WorksongError `WS_INVALID_OPTION`
 */
export function sqlite(options: SqliteOptions): Engine {
  return new SqliteEngine(parseOptions(options))
}
