/** Fencing: an end is written only under its own lease and claim, once. Replays are in replays.ts. */
import assert from 'node:assert/strict'
import { newToken } from '../../core/index.js'
import { at, type Bench, only } from './bench.js'
import { type Case, on } from './case.js'
import { endOf, type Held, type TestWorker } from './worker.js'

export const ACCEPTED = { refused: [], cancelled: [] }
const REFUSED = { refused: [0], cancelled: [] }

export async function oneHeld(t: Bench): Promise<{ worker: TestWorker; job: Held }> {
  await t.insertOne()
  const worker = await t.worker()
  return { worker, job: only(await worker.take()) }
}

/** The claims of a job that have an end, and how they ended. */
export async function history(t: Bench, job: Held): Promise<string[]> {
  return (await t.job(job.id)).attempts.map((attempt) => `${attempt.claim} ${attempt.end}`)
}

/** Lose the worker, give its jobs back, and let another claim this one. */
async function takenOver(t: Bench, worker: TestWorker): Promise<{ other: TestWorker; again: Held }> {
  assert.equal(await worker.lose(), true)
  await t.engine.rescueJobs({ limit: 10, maxCrashes: 3 })
  const other = await t.worker()
  return { other, again: only(await other.take({ from: ['q', 'q/!'] })) }
}

export const fencingCases: readonly Case[] = [
  on('finishIfOwned', 'refused: unknown lease', 'an end under a lease that never was is refused', async (t) => {
    const { worker, job } = await oneHeld(t)
    assert.deepEqual(await worker.finish([endOf({ ...job, lease: newToken() }, 'succeeded')]), REFUSED)
    assert.equal(await t.state(job), 'running')
  }),

  on(
    'finishIfOwned',
    'refused: not of this lease',
    "an end under another worker's lease, that does not hold the job, is refused",
    async (t) => {
      const { job } = await oneHeld(t)
      await t.insertOne()
      const thief = await t.worker()
      const own = only(await thief.take())
      assert.deepEqual(await thief.finish([endOf({ ...job, lease: own.lease }, 'succeeded')]), REFUSED)
      assert.deepEqual(await t.states([job, own]), ['running', 'running'])
    },
  ),

  on('finishIfOwned', 'refused: other claim number', 'an end with another claim number is refused', async (t) => {
    const { worker, job } = await oneHeld(t)
    for (const claim of [0, 2, 7]) assert.deepEqual(await worker.finish([endOf({ ...job, claim }, 'succeeded')]), REFUSED)
    assert.equal(await t.state(job), 'running')
    assert.deepEqual(await worker.finish([endOf(job, 'succeeded')]), ACCEPTED)
  }),

  on('finishIfOwned', 'refused: another end already', 'a second, other end of a claim in an open lease is refused', async (t) => {
    await t.insert(2)
    const worker = await t.worker()
    const job = at(await worker.take(), 0)
    await worker.finish([endOf(job, 'succeeded', { body: '1' })])
    for (const end of ['dead', 'retrying', 'returned', 'cancelled'] as const)
      assert.deepEqual(await worker.finish([endOf(job, end)]), REFUSED)
    assert.deepEqual(await history(t, job), ['1 succeeded'])
    assert.equal(await t.state(job), 'succeeded')
    assert.deepEqual(await worker.take(), [])
  }),

  on('finishIfOwned', 'refused: another end already', 'a job that was given back cannot then be ended by the old claim', async (t) => {
    await t.insert(2)
    const worker = await t.worker()
    const job = at(await worker.take(), 0)
    await worker.finish([endOf(job, 'returned')])
    assert.deepEqual(await worker.finish([endOf(job, 'succeeded')]), REFUSED)
    assert.equal(await t.state(job), 'queued')
    assert.equal(only(await worker.take()).id, job.id)
  }),

  on('finishIfOwned', 'refused: claimed again by another', 'the old claim is refused while another runs the job', async (t) => {
    await t.insert(2)
    const worker = await t.worker()
    const job = at(await worker.take(), 0)
    await worker.finish([endOf(job, 'retrying')])
    const other = await t.worker()
    const again = only(await other.take())
    assert.deepEqual(await worker.finish([endOf(job, 'succeeded')]), REFUSED)
    assert.deepEqual(await worker.finish([endOf({ ...job, claim: again.claim }, 'succeeded')]), REFUSED)
    assert.equal(await t.state(job), 'running')
    assert.deepEqual(await other.finish([endOf(again, 'succeeded')]), ACCEPTED)
  }),

  on('finishIfOwned', 'refused: after rescue', 'a zombie is refused before, during and after the next run', async (t) => {
    const { worker, job } = await oneHeld(t)
    const { other, again } = await takenOver(t, worker)
    assert.deepEqual(await worker.finish([endOf(job, 'succeeded')]), REFUSED)
    assert.deepEqual(await other.finishAll([again], 'dead'), ACCEPTED)
    assert.deepEqual(await worker.finishAll([job], 'succeeded'), REFUSED)
    assert.equal(await t.state(job), 'dead')
  }),

  on('finishIfOwned', 'refused: after rescue', 'a zombie is refused even before anyone took its job over', async (t) => {
    const { worker, job } = await oneHeld(t)
    await worker.lose()
    await t.engine.rescueJobs({ limit: 10, maxCrashes: 3 })
    assert.deepEqual(await worker.finishAll([job], 'succeeded'), REFUSED)
    assert.equal(await t.state(job), 'queued')
  }),

  on('finishIfOwned', 'others accepted beside a refusal', 'refusals are named by index and take nothing with them', async (t) => {
    await t.insert(5)
    const worker = await t.worker()
    const jobs = await worker.take()
    const ends = jobs.map((job, index) => endOf(index % 2 ? { ...job, lease: newToken() } : job, 'succeeded'))
    assert.deepEqual(await worker.finish(ends), { refused: [1, 3], cancelled: [] })
    assert.deepEqual(await t.states(jobs), ['succeeded', 'running', 'succeeded', 'running', 'succeeded'])
  }),
]
