/** Cancelling: waiting jobs end, running ones are asked to. Races are in cancel-races.ts. */
import assert from 'node:assert/strict'
import { kindLane, newId, suspectLane } from '../../core/index.js'
import { at, type Bench, ids, only } from './bench.js'
import { type Case, on } from './case.js'
import { endOf, type Held, type TestWorker } from './worker.js'

const HOUR = 3_600_000

async function cancel(t: Bench, jobs: readonly { id: string }[], reason: string | null = null): Promise<readonly string[]> {
  return t.engine.cancelJobs({ ids: ids(jobs), reason })
}

async function cancelsWaiting(t: Bench, job: { id: string }): Promise<void> {
  assert.deepEqual(await cancel(t, [job]), ['cancelled'])
  const record = await t.job(job.id)
  assert.equal(record.state, 'cancelled')
  assert.equal(record.runAt, null)
  assert.ok(record.endedAt !== null)
  assert.equal((await t.queue('q'))?.counts.cancelled, 1)
}

/** A running job for which a cancel has been asked for. */
async function asked(t: Bench, reason: string | null = null): Promise<{ worker: TestWorker; job: Held }> {
  await t.insertOne()
  const worker = await t.worker()
  const job = only(await worker.take())
  assert.deepEqual(await cancel(t, [job], reason), ['requested'])
  return { worker, job }
}

export const cancelCases: readonly Case[] = [
  on('cancelJobs', 'cancelled: queued', 'a queued job ends at once', async (t) => cancelsWaiting(t, await t.insertOne())),
  on('cancelJobs', 'cancelled: scheduled', 'a scheduled job ends at once', async (t) =>
    cancelsWaiting(t, await t.insertOne({ delayMs: HOUR })),
  ),

  on('cancelJobs', 'cancelled: retrying', 'a job that waits for its retry ends at once, and keeps its history', async (t) => {
    await t.insertOne()
    const worker = await t.worker()
    const job = only(await worker.take())
    await worker.finishAll([job], 'retrying', { delayMs: HOUR })
    await cancelsWaiting(t, job)
    assert.equal(at((await t.job(job.id)).attempts, 0).end, 'retrying')
  }),

  on('cancelJobs', 'cancelled: kind lane', 'a job that waits for those who know its kind ends at once', async (t) => {
    await t.insertOne()
    const worker = await t.worker()
    const job = only(await worker.take())
    await worker.finishAll([job], 'returned', { lane: kindLane('q', 'k') })
    await cancelsWaiting(t, job)
    assert.deepEqual(await worker.take({ from: [kindLane('q', 'k')] }), [])
  }),

  on('cancelJobs', 'cancelled: suspect lane', 'a suspect that waits ends at once', async (t) => {
    await t.insertOne()
    const worker = await t.worker()
    const job = only(await worker.take())
    await worker.finishAll([job], 'returned', { lane: suspectLane('q') })
    await cancelsWaiting(t, job)
    assert.deepEqual(await (await t.worker()).take({ from: [suspectLane('q')] }), [])
  }),

  on('cancelJobs', 'requested', 'a running job goes on and is marked', async (t) => {
    const { job } = await asked(t)
    const record = await t.job(job.id)
    assert.deepEqual([record.state, record.cancelRequested], ['running', true])
  }),

  on('cancelJobs', 'requested', 'others of the same lease are left alone', async (t) => {
    await t.insert(3)
    const worker = await t.worker()
    const jobs = await worker.take()
    await cancel(t, [at(jobs, 1)])
    const flags = await Promise.all(jobs.map(async (job) => (await t.job(job.id)).cancelRequested))
    assert.deepEqual(flags, [false, true, false])
    assert.deepEqual(await worker.finishAll(jobs, 'returned'), { refused: [], cancelled: [1] })
  }),

  on('cancelJobs', 'requested again', 'asking again changes nothing', async (t) => {
    const { worker, job } = await asked(t)
    assert.deepEqual(await cancel(t, [job]), ['requested'])
    assert.deepEqual(await worker.finishAll([job], 'retrying'), { refused: [], cancelled: [0] })
  }),

  on(
    'cancelJobs',
    'requested: its earlier lease still open',
    'a job that runs again beside others of its first claim is marked',
    async (t) => {
      const worker = await t.worker()
      const jobs = await t.insert(3)
      const first = await worker.take()
      await worker.finish([endOf(at(first, 0), 'retrying')])
      const again = only(await worker.take())
      assert.deepEqual(await cancel(t, [jobs[0] as { id: string }]), ['requested'])
      assert.deepEqual(await worker.finishAll([again], 'retrying'), { refused: [], cancelled: [0] })
      assert.deepEqual(await cancel(t, jobs), ['ended', 'requested', 'requested'])
    },
  ),

  on('cancelJobs', 'ended', 'a job that has ended stays as it is', async (t) => {
    const jobs = await t.insert(3)
    const worker = await t.worker()
    const held = await worker.take()
    await worker.finish([endOf(at(held, 0), 'succeeded'), endOf(at(held, 1), 'dead'), endOf(at(held, 2), 'cancelled')])
    assert.deepEqual(await cancel(t, jobs), ['ended', 'ended', 'ended'])
    assert.deepEqual(await t.states(jobs), ['succeeded', 'dead', 'cancelled'])
  }),

  on('cancelJobs', 'missing', 'an id that no job has is missing, well-formed or not', async (t) => {
    assert.deepEqual(await t.engine.cancelJobs({ ids: [newId(), 'nonsense', ''], reason: null }), ['missing', 'missing', 'missing'])
    assert.deepEqual(await t.engine.cancelJobs({ ids: [], reason: null }), [])
  }),

  on('cancelJobs', 'order of results', 'results stand in the order of the ids', async (t) => {
    await t.insert(1)
    const worker = await t.worker()
    const running = only(await worker.take())
    const [queued, later] = [await t.insertOne(), await t.insertOne({ delayMs: HOUR })]
    const results = await cancel(t, [{ id: newId() }, later, running, { id: newId() }, queued])
    assert.deepEqual(results, ['missing', 'cancelled', 'requested', 'missing', 'cancelled'])
  }),

  on('cancelJobs', 'reason kept', 'the reason reaches the worker, and those who wait for the job', async (t) => {
    const reason = 'not wanted: "é😀\u202e'
    const { worker, job } = await asked(t, reason)
    const { signals } = await t.engine.pulse({ worker: worker.id, queues: ['q'] })
    assert.deepEqual(signals, [{ id: job.id, kind: 'cancel', reason }])
    const waiting = await t.insertOne()
    await cancel(t, [waiting], reason)
    const [settled] = await t.engine.settledJobs({ ids: [waiting.id] })
    assert.ok(JSON.stringify(JSON.parse(settled?.body ?? 'null')).includes(JSON.stringify(reason).slice(1, -1)))
  }),

  on('cancelJobs', 'claimed no more', 'a cancelled job is not claimed, nor comes due', async (t) => {
    const jobs = [...(await t.insert(5)), ...(await t.insert(5, { delayMs: HOUR }))]
    const keep = [at(jobs, 2), at(jobs, 7)]
    await cancel(
      t,
      jobs.filter((job) => !keep.includes(job)),
    )
    assert.equal((await t.engine.promoteDue({ limit: 100, aheadMs: 2 * HOUR })).promoted, 1)
    assert.deepEqual(ids(await (await t.worker()).take()), ids(keep))
  }),

  ...(['retrying', 'snoozed', 'returned'] as const).map((end) =>
    on('finishIfOwned', `cancel asked: ${end}`, `${end} becomes cancelled when a cancel was asked for`, async (t) => {
      const { worker, job } = await asked(t)
      assert.deepEqual(await worker.finishAll([job], end, end === 'returned' ? {} : { delayMs: HOUR }), { refused: [], cancelled: [0] })
      const record = await t.job(job.id)
      assert.deepEqual([record.state, record.cancelRequested, record.runAt], ['cancelled', false, null])
      assert.equal(only(record.attempts).end, 'cancelled')
      assert.deepEqual(await worker.take(), [])
    }),
  ),

  ...(['succeeded', 'cancelled'] as const).map((end) =>
    on('finishIfOwned', `cancel asked: ${end}`, `${end} stays ${end} when a cancel was asked for`, async (t) => {
      const { worker, job } = await asked(t)
      assert.deepEqual(await worker.finishAll([job], end), { refused: [], cancelled: [] })
      const record = await t.job(job.id)
      assert.deepEqual([record.state, record.cancelRequested], [end, false])
    }),
  ),
]
