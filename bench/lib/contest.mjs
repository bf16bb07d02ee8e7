// The inside of one contestant's process: `node contestants/NAME.mjs ROW` runs one row on a wiped
// store and prints one JSON line. Every contestant goes through this same code; only its adapter differs.

import { ROWS } from '../rows/index.mjs'
import { settings } from './settings.mjs'
import { workerRole } from './worker-role.mjs'

/**
 * What a contestant must be able to do. Everything is built before the clock starts;
 * only `one`, `many`, `stream`, `start` and (in one row) `stop` are timed.
 *
 * @typedef {object} ManyOptions
 * @property {boolean} [low] behind jobs that were enqueued without it
 * @property {Date} [at] not before this moment
 *
 * @typedef {object} Producer
 * @property {(payload: object) => Promise<unknown>} one enqueue one job, durable by the store's own settings when it resolves
 * @property {(payloads: object[], options?: ManyOptions) => Promise<unknown>} many enqueue many, in the peer's fastest documented way
 * @property {(payloads: Iterable<object>) => Promise<unknown>} [stream] the same from an iterable that is never whole in memory
 * @property {() => Promise<unknown>} close
 *
 * @typedef {object} Runner
 * @property {() => Promise<unknown>} start
 * @property {() => Promise<unknown>} stop
 *
 * @typedef {object} Inspector
 * @property {() => Promise<{ unfinished: number, finished?: number }>} counts read from the store itself
 * @property {() => Promise<unknown>} close
 *
 * @typedef {object} Adapter
 * @property {string} name
 * @property {(row: string) => Promise<unknown>} prepare create the schema on a wiped store
 * @property {() => Promise<Producer>} producer
 * @property {(onJob: (payload: any) => unknown, options: { concurrency?: number }) => Promise<Runner>} [worker] `onJob` may answer a promise
 * @property {() => Promise<Inspector>} inspector cheap enough to be polled under the clock
 * @property {() => Promise<{ unfinished: number, finished: number }>} [audit] counted in the tables, when nothing else has the store open
 */

/** @param {Adapter} adapter */
export async function contest(adapter) {
  process.once('disconnect', () => process.exit(1)) // the harness is gone: do not run on
  if (settings.row === 'worker') return workerRole(adapter)
  const row = ROWS[settings.row]
  if (!row) throw new Error(`unknown row "${settings.row}"; rows: ${Object.keys(ROWS).join(', ')}`)
  await adapter.prepare(settings.row)
  const result = await row.run(adapter)
  const line = { row: settings.row, contestant: adapter.name, ...result, verified: true }
  process.stdout.write(`${JSON.stringify(line)}\n`, () => process.exit(0))
}
