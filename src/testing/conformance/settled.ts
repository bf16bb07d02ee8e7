/** Asking which of many jobs have ended, as those do who wait for them. */
import assert from 'node:assert/strict'
import { newId } from '../../core/index.js'
import { at, ids, only } from './bench.js'
import { type Case, on } from './case.js'
import { running } from './jobs.js'
import { endOf } from './worker.js'

const HOUR = 3_600_000

export const settledCases: readonly Case[] = [
  ...(['succeeded', 'dead', 'cancelled'] as const).map((end) =>
    on('settledJobs', end, `a job that ended ${end} is told with its body`, async (t) => {
      const { worker, job } = await running(t)
      await worker.finishAll([job], end, { body: '{ "n": 1.0 }' })
      assert.deepEqual(await t.engine.settledJobs({ ids: [job.id] }), [{ id: job.id, state: end, body: '{ "n": 1.0 }' }])
    }),
  ),

  on('settledJobs', 'live left out', 'jobs that live are left out', async (t) => {
    await t.insert(4)
    const worker = await t.worker()
    const held = await worker.take(3)
    await worker.finish([endOf(at(held, 0), 'retrying', { delayMs: HOUR }), endOf(at(held, 1), 'returned')])
    const all = (await t.engine.listJobs({ filter: {}, limit: 10 })).jobs
    assert.deepEqual(await t.engine.settledJobs({ ids: ids(all) }), [])
  }),

  on('settledJobs', 'missing left out', 'ids that no job has are left out', async (t) => {
    assert.deepEqual(await t.engine.settledJobs({ ids: [newId(), 'nonsense'] }), [])
    assert.deepEqual(await t.engine.settledJobs({ ids: [] }), [])
  }),

  on('settledJobs', 'retried left out', 'a job that was retried has not ended, until it ends again', async (t) => {
    const { worker, job } = await running(t)
    await worker.finishAll([job], 'dead', { body: '1' })
    await t.engine.retryJobs({ ids: [job.id] })
    assert.deepEqual(await t.engine.settledJobs({ ids: [job.id] }), [])
    await worker.finishAll([only(await worker.take())], 'succeeded', { body: '2' })
    assert.deepEqual(await t.engine.settledJobs({ ids: [job.id] }), [{ id: job.id, state: 'succeeded', body: '2' }])
  }),

  on('settledJobs', 'beside an end', 'a job that ends while it is asked about is told with its body, or not at all', async (t) => {
    for (let round = 0; round < 40; round++) {
      const { worker, job } = await running(t)
      await worker.finishAll([job], 'dead', { body: '"old"' })
      await t.engine.retryJobs({ ids: [job.id] })
      const again = only(await worker.take())
      let ended = false
      const end = worker.finishAll([again], 'succeeded', { body: '"new"' }).then(() => {
        ended = true
      })
      const told = new Set<string>()
      while (!ended) for (const { state, body } of await t.engine.settledJobs({ ids: [job.id] })) told.add(`${state} ${body}`)
      await end
      assert.deepEqual(
        [...told].filter((one) => one !== 'succeeded "new"'),
        [],
      )
    }
  }),

  on('settledJobs', 'many', 'many are asked about at once', async (t) => {
    await t.insert(1000)
    const worker = await t.worker()
    const jobs = await worker.take(1000)
    await worker.finish(jobs.slice(0, 700).map((job) => endOf(job, 'succeeded')))
    const settled = await t.engine.settledJobs({ ids: ids(jobs) })
    assert.deepEqual(new Set(ids(settled)), new Set(ids(jobs.slice(0, 700))))
    assert.equal(settled.length, 700)
  }),
]
