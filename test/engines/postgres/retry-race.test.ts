/** A retry that looks where a job is scheduled just before it is: held there by a trigger, so that the worker's end comes in between. */
import { expect, it } from 'vitest'
import { newId } from '#dist/core/index.js'
import { endOf, newWorker, TestWorker, until } from '#dist/testing/conformance/index.js'
import { testPostgres } from '../../support/postgres.js'
import { connect, newSchema, openEngine } from './parts.js'

const HOUR = 3_600_000
const LOCK = Math.floor(Math.random() * 2 ** 31)

it('a job whose run ends in a retry between the two looks stands in one place', async () => {
  const schema = newSchema()
  const engine = await openEngine({ url: testPostgres(), schema })
  const worker = new TestWorker(engine, newWorker())
  await engine.registerWorker(worker.info)
  const id = newId()
  await engine.insertJobs({ jobs: [{ id, queue: 'q', kind: 'k', priority: 0, maxAttempts: 5, payload: '{}' }] })
  const held = await worker.take()

  const holder = await connect()
  await holder.query(`create function ${schema}.wait() returns trigger language plpgsql as
    $f$ begin perform pg_advisory_xact_lock_shared(${LOCK}); return null; end $f$`)
  await holder.query(`create trigger wait after delete on ${schema}.scheduled for each statement execute function ${schema}.wait()`)
  await holder.query(`select pg_advisory_lock(${LOCK})`)
  const retrying = engine.retryJobs({ ids: [id] })
  const waiting = `select from pg_locks where locktype = 'advisory' and objid = ${LOCK} and not granted`
  await until(async () => ((await holder.query(waiting)).rowCount ?? 0) > 0, 'the retry waits')
  await worker.finish(held.map((job) => endOf(job, 'retrying', { delayMs: HOUR })))
  await holder.query(`select pg_advisory_unlock(${LOCK})`)

  expect(await retrying).toEqual(['queued'])
  expect((await engine.listQueues())[0]?.counts).toMatchObject({ queued: 1, scheduled: 0, running: 0 })
  expect((await engine.promoteDue({ limit: 10, aheadMs: 2 * HOUR })).promoted).toBe(0)
  expect((await worker.take()).map((job) => job.id)).toEqual([id])
  expect(await worker.take()).toEqual([])
})
