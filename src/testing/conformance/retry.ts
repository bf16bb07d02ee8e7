/** Retrying by hand: ended jobs live again, scheduled ones run at once, live ones are left alone. */
import assert from 'node:assert/strict'
import { newId } from '../../core/index.js'
import type { ClaimEnd } from '../../engine/index.js'
import { at, type Bench, ids, only, sameIds } from './bench.js'
import { type Case, on, shared } from './case.js'
import { endOf, type Held } from './worker.js'

const HOUR = 3_600_000

async function ended(t: Bench, end: ClaimEnd['end'], more: Partial<ClaimEnd> = {}): Promise<Held> {
  await t.insertOne()
  const worker = await t.worker()
  const job = only(await worker.take())
  await worker.finishAll([job], end, more)
  return job
}

async function retry(t: Bench, jobs: readonly { id: string }[]): Promise<readonly string[]> {
  return t.engine.retryJobs({ ids: ids(jobs) })
}

function retriesEnded(end: 'dead' | 'cancelled' | 'succeeded'): Case {
  return on('retryJobs', `queued: ${end}`, `a job that ended ${end} may run again at once`, async (t) => {
    const job = await ended(t, end, { body: '1' })
    assert.deepEqual(await retry(t, [job]), ['queued'])
    const record = await t.job(job.id)
    assert.deepEqual([record.state, record.endedAt, record.attempt], ['queued', null, 0])
    const again = only(await (await t.worker()).take())
    assert.deepEqual([again.id, again.used], [job.id, 0])
    assert.ok(again.claim > job.claim)
  })
}

export const retryCases: readonly Case[] = [
  retriesEnded('dead'),
  retriesEnded('cancelled'),
  retriesEnded('succeeded'),

  on('retryJobs', 'queued: cancelled', 'one that was cancelled while it waited may run, too', async (t) => {
    const jobs = [await t.insertOne(), await t.insertOne({ delayMs: HOUR })]
    await t.engine.cancelJobs({ ids: ids(jobs), reason: null })
    assert.deepEqual(await retry(t, jobs), ['queued', 'queued'])
    sameIds(ids(await (await t.worker()).take()), ids(jobs))
  }),

  on('retryJobs', 'queued: scheduled', 'a scheduled job may run at once', async (t) => {
    const job = await t.insertOne({ delayMs: HOUR })
    assert.deepEqual(await retry(t, [job]), ['queued'])
    assert.equal((await t.job(job.id)).runAt, null)
    assert.equal(only(await (await t.worker()).take()).id, job.id)
    assert.equal((await t.engine.promoteDue({ limit: 10, aheadMs: 2 * HOUR })).promoted, 0)
  }),

  on('retryJobs', 'queued: scheduled', 'one that waits for its retry runs at once', async (t) => {
    const job = await ended(t, 'retrying', { delayMs: HOUR })
    assert.deepEqual(await retry(t, [job]), ['queued'])
    assert.equal(only(await (await t.worker()).take()).id, job.id)
  }),

  on('retryJobs', 'live: queued', 'a queued job is left alone', async (t) => {
    const job = await t.insertOne()
    assert.deepEqual(await retry(t, [job]), ['live'])
    assert.equal((await (await t.worker()).take()).length, 1)
  }),

  on('retryJobs', 'live: running', 'a running job is left alone', async (t) => {
    await t.insertOne()
    const worker = await t.worker()
    const job = only(await worker.take())
    assert.deepEqual(await retry(t, [job]), ['live'])
    assert.deepEqual(await worker.take(), [])
    assert.deepEqual(await worker.finishAll([job], 'succeeded'), { refused: [], cancelled: [] })
  }),

  on('retryJobs', 'missing', 'an id that no job has is missing, well-formed or not', async (t) => {
    assert.deepEqual(await t.engine.retryJobs({ ids: [newId(), 'nonsense'] }), ['missing', 'missing'])
    assert.deepEqual(await t.engine.retryJobs({ ids: [] }), [])
  }),

  on('retryJobs', 'order of results', 'results stand in the order of the ids', async (t) => {
    const dead = await ended(t, 'dead')
    const later = await t.insertOne({ delayMs: HOUR })
    const queued = await t.insertOne()
    const results = await retry(t, [queued, { id: newId() }, dead, queued, later])
    assert.deepEqual(results, ['live', 'missing', 'queued', 'live', 'queued'])
  }),

  on('retryJobs', 'all attempts again', 'it has all its attempts again', async (t) => {
    await t.insertOne({ maxAttempts: 2 })
    const worker = await t.worker()
    await worker.finishAll([only(await worker.take())], 'retrying')
    const last = only(await worker.take())
    assert.equal(last.used, 1)
    await worker.finishAll([last], 'dead')
    await retry(t, [last])
    await worker.finishAll([only(await worker.take())], 'retrying')
    const again = only(await worker.take())
    assert.deepEqual([again.used, again.maxAttempts], [1, 2])
  }),

  on('retryJobs', 'history stays', 'the ends of former claims stay in its history', async (t) => {
    const job = await ended(t, 'dead', { body: '"why"' })
    await retry(t, [job])
    const worker = await t.worker()
    await worker.finishAll([only(await worker.take())], 'succeeded', { body: '"done"' })
    const { attempts } = await t.job(job.id)
    assert.deepEqual(
      attempts.map((attempt) => [attempt.end, attempt.body]),
      [
        ['dead', '"why"'],
        ['succeeded', '"done"'],
      ],
    )
  }),

  on('retryJobs', 'old cancel forgotten', 'a cancel of its former life does not cancel the new one', async (t) => {
    await t.insertOne()
    const worker = await t.worker()
    const job = only(await worker.take())
    await t.engine.cancelJobs({ ids: [job.id], reason: 'old' })
    await worker.finishAll([job], 'cancelled')
    await retry(t, [job])
    const again = only(await worker.take())
    assert.equal((await t.job(job.id)).cancelRequested, false)
    assert.deepEqual((await t.engine.pulse({ worker: worker.id, queues: ['q'] })).signals, [])
    assert.deepEqual(await worker.finishAll([again], 'retrying'), { refused: [], cancelled: [] })
  }),

  on('retryJobs', 'old claim stays refused', 'the claim that ended cannot end it again', async (t) => {
    await t.insert(2)
    const worker = await t.worker()
    const job = at(await worker.take(), 0)
    await worker.finish([endOf(job, 'dead')])
    await retry(t, [job])
    assert.deepEqual(await worker.finish([endOf(job, 'succeeded')]), { refused: [0], cancelled: [] })
    assert.equal(await t.state(job), 'queued')
  }),

  on(
    'retryJobs',
    'two at once',
    'two operators at once give a job one new life',
    async (t) => {
      const other = await t.second()
      await t.insert(100)
      const worker = await t.worker()
      const jobs = await worker.take(100)
      await worker.finishAll(jobs, 'dead')
      const both = await Promise.all(
        [t.engine, other].map((engine, index) => engine.retryJobs({ ids: index ? ids(jobs).reverse() : ids(jobs) })),
      )
      for (const result of both.flat()) assert.ok(result === 'queued' || result === 'live')
      sameIds(ids(await worker.take(1000)), ids(jobs))
    },
    shared,
  ),
]
