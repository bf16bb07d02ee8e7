// The inside of one contestant's process: `node contestants/NAME.mjs ROW` runs one row on a wiped
// store and prints one JSON line. Every contestant goes through this same code; only its adapter differs.

import { bulkRow, drainRow, enqueueRow, latencyRow } from './rows.mjs'
import { workerRole } from './worker-role.mjs'

/**
 * What a contestant must be able to do. Everything is built before the clock starts;
 * only `one`, `many` and `start` are timed.
 *
 * @typedef {object} Producer
 * @property {(payload: object) => Promise<unknown>} one enqueue one job, durable by the store's own settings when it resolves
 * @property {(payloads: object[]) => Promise<unknown>} many enqueue many, in the peer's fastest documented way
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
 * @property {(onJob: (payload: any) => void) => Promise<Runner>} [worker]
 * @property {() => Promise<Inspector>} inspector
 */

export const settings = {
  store: process.env.BENCH_STORE ?? '',
  jobs: Number(process.env.BENCH_JOBS ?? 50_000),
  row: process.argv[2] ?? '',
}

const rows = {
  drain: (adapter) => drainRow(adapter, 1),
  drain2: (adapter) => drainRow(adapter, 2),
  bulk: bulkRow,
  enqueue64: (adapter) => enqueueRow(adapter, { callers: 64, calls: 40_000 }),
  enqueue1: (adapter) => enqueueRow(adapter, { callers: 1, calls: 5_000 }),
  latency: latencyRow,
}

/** @param {Adapter} adapter */
export async function contest(adapter) {
  process.once('disconnect', () => process.exit(1)) // the harness is gone: do not run on
  if (settings.row === 'worker') return workerRole(adapter)
  const run = rows[settings.row]
  if (!run) throw new Error(`unknown row "${settings.row}"; rows: ${Object.keys(rows).join(', ')}`)
  await adapter.prepare(settings.row)
  const result = await run(adapter)
  const line = { row: settings.row, contestant: adapter.name, ...result }
  process.stdout.write(`${JSON.stringify(line)}\n`, () => process.exit(0))
}
