// pg-boss in batches of 1,000; finished jobs are kept.

import { PgBoss } from 'pg-boss'
import { contest } from '../lib/contest.mjs'
import { inChunks } from '../lib/measure.mjs'
import { settings } from '../lib/settings.mjs'
import { postgresInspector } from '../lib/sql.mjs'

const QUEUE = 'bench'
// A notification on each insert costs its producers speed, so only the rows that gain by it have it.
const NOTIFIED = new Set(['latency', 'steady'])

async function boss(options) {
  const instance = new PgBoss({ connectionString: settings.store, ...options })
  instance.on('error', (error) => console.error(error))
  await instance.start()
  return instance
}

await contest({
  name: 'pgboss',
  async prepare(row) {
    const instance = await boss()
    await instance.createQueue(QUEUE, { notify: NOTIFIED.has(row) })
    await instance.stop({ graceful: false })
  },
  async producer() {
    const instance = await boss({ max: 25 })
    return {
      one: (payload) => instance.send(QUEUE, payload),
      many(payloads, { low, at } = {}) {
        const how = { ...(low && { priority: -1 }), ...(at && { startAfter: at }) }
        const insert = (chunk) =>
          instance.insert(
            QUEUE,
            chunk.map((data) => ({ data, ...how })),
          )
        return inChunks(payloads, 2000, 2, insert)
      },
      close: () => instance.stop({ graceful: false }),
    }
  },
  async worker(onJob) {
    const instance = await boss({ useListenNotify: true })
    const options = {
      batchSize: 1000,
      localConcurrency: 2,
      burstWhenBatchFull: true,
      pollingIntervalSeconds: 0.5,
      notifyPollingIntervalSeconds: 0.5,
    }
    return {
      start: () =>
        instance.work(QUEUE, options, async (jobs) => {
          await Promise.all(jobs.map(async (job) => onJob(job.data)))
        }),
      stop: () => instance.stop({ timeout: 5000 }),
    }
  },
  inspector: () =>
    postgresInspector(`select count(*) filter (where state < 'completed') as unfinished,
    count(*) filter (where state >= 'completed') as finished from pgboss.job where name = '${QUEUE}'`),
})
