// graphile-worker in its local-queue preset; it deletes jobs when they are done. Its contestants differ by the queue's size.

process.env.NO_LOG_SUCCESS = '1'
const { Logger, makeWorkerUtils, run } = await import('graphile-worker')
const { default: pg } = await import('pg')

import { inChunks } from './measure.mjs'
import { settings } from './settings.mjs'
import { postgresInspector } from './sql.mjs'

const logger = new Logger(() => () => {})
const TASK = 'noop'
const POOL = 25

// The documented SQL way for many: https://worker.graphile.org/docs/sql-add-job
const ADD_JOBS = `select graphile_worker.add_jobs(array(
  select json_populate_record(null::graphile_worker.job_spec, spec) from json_array_elements($1::json) spec))`

const preset = (localQueue, concurrency = 24) => ({
  worker: {
    connectionString: settings.store,
    concurrentJobs: concurrency,
    maxPoolSize: POOL,
    pollInterval: 500,
    localQueue: { size: localQueue, refetchDelay: { durationMs: 10 } },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  },
})

/**
 * @param {{ name: string, localQueue: number }} options
 * @returns {import('./contest.mjs').Adapter}
 */
export const graphile = ({ name, localQueue }) => ({
  name,
  async prepare() {
    const utils = await makeWorkerUtils({ connectionString: settings.store, logger })
    await utils.migrate()
    await utils.release()
  },
  async producer() {
    const utils = await makeWorkerUtils({ connectionString: settings.store, maxPoolSize: POOL, logger })
    const pool = new pg.Pool({ connectionString: settings.store, max: 2 })
    await pool.query('select 1')
    return {
      one: (payload) => utils.addJob(TASK, payload),
      many(payloads, { low, at } = {}) {
        const how = { identifier: TASK, ...(low && { priority: 10 }), ...(at && { run_at: at }) }
        const add = (chunk) => pool.query(ADD_JOBS, [JSON.stringify(chunk.map((payload) => ({ ...how, payload })))])
        return inChunks(payloads, 2000, 2, add)
      },
      async close() {
        await utils.release()
        await pool.end()
      },
    }
  },
  async worker(onJob, { concurrency }) {
    // `run` would first connect and then start; here the connection stands before the clock, as everybody's does.
    const pgPool = new pg.Pool({ connectionString: settings.store, max: POOL })
    pgPool.on('error', (error) => console.error(error))
    pgPool.on('connect', (client) => client.on('error', () => {}))
    await pgPool.query('select 1')
    const taskList = { [TASK]: async (payload) => onJob(payload) }
    let runner
    return {
      async start() {
        runner = await run({ preset: preset(localQueue, concurrency), pgPool, logger, noHandleSignals: true, taskList })
      },
      stop: () => runner.stop(),
    }
  },
  inspector: () => postgresInspector('select count(*) as unfinished from graphile_worker._private_jobs'),
})
