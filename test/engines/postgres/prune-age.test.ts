/** The age that retention counts is that of the end, however old the job itself is. */
import { expect, it } from 'vitest'
import { newWorker, TestWorker } from '#dist/testing/conformance/index.js'
import { jobs } from '../../maintenance/parts.js'
import { testPostgres } from '../../support/postgres.js'
import { connect, newSchema, openEngine } from './parts.js'

const HOUR = 3_600_000

it('jobs that were enqueued long ago and ended lately are kept', async () => {
  const schema = newSchema()
  const engine = await openEngine({ url: testPostgres(), schema })
  const worker = new TestWorker(engine, newWorker())
  await engine.registerWorker(worker.info)
  await engine.insertJobs({ jobs: jobs(6) })
  const held = await worker.take()
  for (const [at, end] of (['succeeded', 'cancelled', 'dead'] as const).entries())
    await worker.finishAll(held.slice(2 * at, 2 * at + 2), end)
  const client = await connect()
  await client.query(`update ${schema}.jobs set created_at = created_at - interval '1 day'`)
  const old = held.filter((_, at) => at % 2 === 0).map(({ id }) => id)
  await client.query(`update ${schema}.ends set at = at - interval '2 hours' where id = any($1::uuid[])`, [old])
  const ages = { succeededMs: HOUR, cancelledMs: HOUR, deadMs: HOUR }
  expect((await engine.pruneJobs({ ...ages, limit: 100 })).pruned).toBe(3)
  for (const [at, { id }] of held.entries()) expect((await engine.getJob({ id })) === null).toBe(at % 2 === 0)
})
