// graphile-worker in its local-queue preset; it deletes jobs when they are done.

process.env.NO_LOG_SUCCESS = '1'
const { Logger, makeWorkerUtils, run } = await import('graphile-worker')
const { default: pg } = await import('pg')

import { contest, settings } from '../lib/contest.mjs'
import { inChunks } from '../lib/measure.mjs'
import { postgresInspector } from '../lib/sql.mjs'

const logger = new Logger(() => () => {})
const TASK = 'noop'

// The documented SQL way for many: https://worker.graphile.org/docs/sql-add-job
const ADD_JOBS = `select graphile_worker.add_jobs(array(
  select json_populate_record(null::graphile_worker.job_spec, spec) from json_array_elements($1::json) spec))`

const preset = {
  worker: {
    connectionString: settings.store,
    concurrentJobs: 24,
    maxPoolSize: 25,
    pollInterval: 500,
    localQueue: { size: 2000, refetchDelay: { durationMs: 10 } },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  },
}

await contest({
  name: 'graphile',
  async prepare() {
    const utils = await makeWorkerUtils({ connectionString: settings.store, logger })
    await utils.migrate()
    await utils.release()
  },
  async producer() {
    const utils = await makeWorkerUtils({ connectionString: settings.store, maxPoolSize: 25, logger })
    const pool = new pg.Pool({ connectionString: settings.store, max: 2 })
    await pool.query('select 1')
    return {
      one: (payload) => utils.addJob(TASK, payload),
      many: (payloads) =>
        inChunks(payloads, 2000, 2, (chunk) =>
          pool.query(ADD_JOBS, [JSON.stringify(chunk.map((payload) => ({ identifier: TASK, payload })))]),
        ),
      async close() {
        await utils.release()
        await pool.end()
      },
    }
  },
  async worker(onJob) {
    // `run` would first connect and then start; here the connection stands before the clock, as everybody's does.
    const pgPool = new pg.Pool({ connectionString: settings.store, max: preset.worker.maxPoolSize })
    pgPool.on('error', (error) => console.error(error))
    pgPool.on('connect', (client) => client.on('error', () => {}))
    await pgPool.query('select 1')
    let runner
    return {
      async start() {
        runner = await run({ preset, pgPool, logger, noHandleSignals: true, taskList: { [TASK]: async (payload) => onJob(payload) } })
      },
      stop: () => runner.stop(),
    }
  },
  inspector: () => postgresInspector('select count(*) as unfinished from graphile_worker._private_jobs'),
})
