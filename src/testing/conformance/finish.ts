/** Finishing: what each end makes of a job. Refusals and replays are in fencing.ts. */
import assert from 'node:assert/strict'
import { kindLane, suspectLane } from '../../core/index.js'
import type { ClaimEnd } from '../../engine/index.js'
import { at, type Bench, ids, only } from './bench.js'
import { type Case, on } from './case.js'
import { endOf, type Held } from './worker.js'

const HOUR = 3_600_000
const NOTHING = { refused: [], cancelled: [] }

/** One job, claimed and ended so. */
async function ended(t: Bench, end: ClaimEnd['end'], more: Partial<ClaimEnd> = {}): Promise<Held> {
  await t.insertOne()
  const worker = await t.worker()
  const job = only(await worker.take())
  assert.deepEqual(await worker.finishAll([job], end, more), NOTHING)
  return job
}

async function comesAgain(t: Bench, first: Held, used: number): Promise<void> {
  const again = only(await (await t.worker()).take())
  assert.equal(again.id, first.id)
  assert.ok(again.claim > first.claim)
  assert.equal(again.used, used)
}

async function comesLater(t: Bench, end: 'retrying' | 'snoozed', used: number): Promise<void> {
  const before = await t.now()
  const job = await ended(t, end, { delayMs: HOUR })
  const record = await t.job(job.id)
  assert.equal(record.state, 'scheduled')
  assert.ok(record.runAt !== null && record.runAt >= before + HOUR - 50 && record.runAt <= (await t.now()) + HOUR + 50)
  assert.equal(record.attempt, used)
  assert.equal((await (await t.worker()).claim()).jobs.length, 0)
  await t.engine.promoteDue({ limit: 10, aheadMs: 2 * HOUR })
  await comesAgain(t, job, used)
}

export const finishCases: readonly Case[] = [
  ...(['succeeded', 'dead', 'cancelled'] as const).map((end) =>
    on('finishIfOwned', end, `a job reported ${end} has ended so`, async (t) => {
      const job = await ended(t, end, { body: '{"a":1}' })
      const record = await t.job(job.id)
      assert.equal(record.state, end)
      assert.equal(record.worker, null)
      assert.equal(only(record.attempts).body, '{"a":1}')
      assert.deepEqual(await (await t.worker()).take(), [])
    }),
  ),

  on('finishIfOwned', 'retrying at once', 'a retry without delay can be claimed at once, with one attempt used', async (t) => {
    const job = await ended(t, 'retrying', { delayMs: 0 })
    assert.equal(await t.state(job), 'queued')
    await comesAgain(t, job, 1)
  }),

  on('finishIfOwned', 'retrying later', 'a retry with delay is scheduled, with one attempt used', (t) => comesLater(t, 'retrying', 1)),

  on('finishIfOwned', 'snoozed at once', 'a snooze without delay can be claimed at once, with no attempt used', async (t) => {
    await comesAgain(t, await ended(t, 'snoozed', { delayMs: 0 }), 0)
  }),

  on('finishIfOwned', 'snoozed later', 'a snooze with delay is scheduled, with no attempt used', (t) => comesLater(t, 'snoozed', 0)),

  on('finishIfOwned', 'returned', 'a returned job can be claimed at once, with no attempt used', async (t) => {
    await comesAgain(t, await ended(t, 'returned'), 0)
  }),

  on('finishIfOwned', 'returned keeps its place', 'returned jobs go before those that were enqueued after them', async (t) => {
    const jobs = await t.insert(10, (index) => ({ priority: index < 5 ? 1 : 0 }))
    const order = [...jobs.slice(5), ...jobs.slice(0, 5)]
    const worker = await t.worker()
    const taken = await worker.take(7)
    await worker.finishAll([...taken].reverse(), 'returned')
    assert.deepEqual(ids(await worker.take()), ids(order))
  }),

  on(
    'finishIfOwned',
    'returned to a kind lane',
    'it counts as queued in its queue, and a retry puts it back in the lane of all',
    async (t) => {
      const job = await ended(t, 'returned', { lane: kindLane('q', 'k') })
      assert.equal(await t.state(job), 'queued')
      assert.equal((await t.queue('q'))?.counts.queued, 1)
      assert.equal((await t.engine.listQueues()).length, 1)
      const worker = await t.worker()
      const again = only(await worker.take({ from: [kindLane('q', 'k')] }))
      assert.equal(again.queue, 'q')
      await worker.finishAll([again], 'returned')
      assert.equal(only(await worker.take()).id, job.id)
    },
  ),

  on('finishIfOwned', 'returned to the suspect lane', 'a suspect that was not run goes back to its lane', async (t) => {
    const job = await ended(t, 'returned', { lane: suspectLane('q') })
    assert.equal(await t.state(job), 'queued')
    assert.equal(only(await (await t.worker()).take({ from: [suspectLane('q')] })).id, job.id)
  }),

  on('finishIfOwned', 'body to the bit', 'results and failures are kept as they were written', async (t) => {
    const bodies = ['null', '{ "b":1.0,"a":"\\u202e" }', '"😀é\u2028"', '12345678901234567890', JSON.stringify('x'.repeat(200_000))]
    await t.insert(bodies.length)
    const worker = await t.worker()
    const jobs = await worker.take()
    await worker.finish(jobs.map((job, index) => endOf(job, index % 2 ? 'dead' : 'succeeded', { body: at(bodies, index) })))
    for (const [index, job] of jobs.entries()) assert.equal(only((await t.job(job.id)).attempts).body, bodies[index])
  }),

  on('finishIfOwned', 'many ends at once', 'five hundred ends of several leases and kinds go in one call', async (t) => {
    const jobs = await t.insert(500)
    const worker = await t.worker()
    const held = [...(await worker.take(37)), ...(await worker.take(230)), ...(await worker.take(500))]
    const kinds = ['succeeded', 'dead', 'cancelled', 'retrying', 'snoozed', 'returned'] as const
    const ends = held.map((job, index) => endOf(job, at(kinds, index % 6), index % 6 === 3 ? { delayMs: HOUR } : {}))
    const closing = [...new Set(held.map((job) => job.lease))]
    assert.deepEqual(await worker.finish(ends, { closing }), NOTHING)
    const counts = (await t.queue('q'))?.counts
    assert.deepEqual(counts, { scheduled: 83, blocked: 0, queued: 166, running: 0, succeeded: 84, dead: 84, cancelled: 83 })
    assert.equal((await worker.take(500)).length, 166)
    assert.equal(jobs.length, 500)
  }),

  on('finishIfOwned', 'nothing', 'a call without ends changes nothing', async (t) => {
    const worker = await t.worker()
    assert.deepEqual(await worker.finish([]), NOTHING)
  }),

  on('finishIfOwned', 'lease stays open', 'jobs of one lease may end in any order and in several calls', async (t) => {
    await t.insert(4)
    const worker = await t.worker()
    const jobs = await worker.take()
    assert.deepEqual(await worker.finish([endOf(at(jobs, 2), 'succeeded')]), NOTHING)
    assert.deepEqual(await worker.finish([endOf(at(jobs, 0), 'dead'), endOf(at(jobs, 3), 'succeeded')]), NOTHING)
    assert.deepEqual(await t.states(jobs), ['dead', 'running', 'succeeded', 'succeeded'])
    assert.deepEqual(await worker.finish([endOf(at(jobs, 1), 'succeeded')], { closing: [at(jobs, 1).lease] }), NOTHING)
    assert.equal(await t.state(at(jobs, 1)), 'succeeded')
  }),

  on('finishIfOwned', 'lease closed', 'a worker holds nothing after its last lease was closed', async (t) => {
    await t.insert(3)
    const worker = await t.worker()
    const jobs = await worker.take()
    await worker.finish([endOf(at(jobs, 0), 'succeeded')])
    await worker.finish(
      jobs.slice(1).map((job) => endOf(job, 'succeeded')),
      { closing: [at(jobs, 0).lease] },
    )
    assert.equal(only(await t.engine.listWorkers()).holding, 0)
    await worker.retire()
    assert.equal((await t.engine.rescueJobs({ limit: 10, maxCrashes: 3 })).requeued, 0)
  }),
]
