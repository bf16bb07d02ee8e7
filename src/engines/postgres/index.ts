/** A store on Postgres 13 or later: many machines, one truth. */
import type { Engine } from '../../engine/index.js'
import { PostgresEngine } from './engine.js'
import type { PostgresOptions } from './options.js'

export type { PostgresOptions } from './options.js'

/**
 * A Postgres store, for `new Worksong({ store: postgres({ url }) })`.
 * @throws WorksongError `WS_INVALID_OPTION`; nothing is connected yet
 */
export function postgres(options: PostgresOptions | string): Engine {
  return new PostgresEngine(typeof options === 'string' ? { url: options } : options)
}
