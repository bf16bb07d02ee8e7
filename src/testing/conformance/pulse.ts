/** The one poll of a worker: is it still known, what is it asked, where is work, what is due. */
import assert from 'node:assert/strict'
import { kindLane, newToken, suspectLane } from '../../core/index.js'
import type { Pulse } from '../../engine/index.js'
import { at, type Bench, only, sameIds, until } from './bench.js'
import { type Case, on } from './case.js'
import { endOf, type TestWorker } from './worker.js'

const HOUR = 3_600_000

function pulse(worker: TestWorker, queues: readonly string[] = ['q']): Promise<Pulse> {
  return worker.engine.pulse({ worker: worker.id, queues })
}

async function lanes(t: Bench, queues: readonly string[]): Promise<readonly string[]> {
  return (await t.engine.pulse({ worker: newToken(), queues })).lanes
}

/** Jobs of queue `q` in its own lane, a kind lane and the suspect lane. */
async function inAllLanes(t: Bench): Promise<void> {
  await t.insert(3)
  const worker = await t.worker()
  const jobs = await worker.take()
  const ends = [endOf(at(jobs, 0), 'returned'), endOf(at(jobs, 1), 'returned', { lane: kindLane('q', 'k') })]
  await worker.finish([...ends, endOf(at(jobs, 2), 'returned', { lane: suspectLane('q') })], { closing: [at(jobs, 0).lease] })
}

export const pulseCases: readonly Case[] = [
  on('pulse', 'known', 'a live worker is known', async (t) => {
    assert.equal((await pulse(await t.worker())).known, true)
  }),

  on('pulse', 'unknown', 'a worker that never registered is not, and yet gets its answer', async (t) => {
    await t.insertOne()
    const answer = await t.engine.pulse({ worker: newToken(), queues: ['q'] })
    assert.deepEqual([answer.known, answer.lanes, answer.signals], [false, ['q'], []])
  }),

  on('pulse', 'lost', 'a lost worker learns that it must let go', async (t) => {
    const worker = await t.worker()
    await worker.lose()
    assert.equal((await pulse(worker)).known, false)
  }),

  on('pulse', 'stopped', 'a worker that went by itself is not known any more', async (t) => {
    const worker = await t.worker()
    await worker.retire()
    assert.equal((await pulse(worker)).known, false)
  }),

  on('pulse', 'signals', 'cancels of running jobs are told until the jobs have settled', async (t) => {
    await t.insert(5)
    const worker = await t.worker()
    const jobs = await worker.take()
    await t.engine.cancelJobs({ ids: [at(jobs, 1).id], reason: 'a' })
    await t.engine.cancelJobs({ ids: [at(jobs, 3).id], reason: null })
    for (let round = 0; round < 2; round++) {
      const { signals } = await pulse(worker)
      assert.deepEqual(
        new Map(signals.map((signal) => [signal.id, signal.reason])),
        new Map([
          [at(jobs, 1).id, 'a'],
          [at(jobs, 3).id, null],
        ]),
      )
    }
    await worker.finish([endOf(at(jobs, 1), 'cancelled')])
    sameIds(
      (await pulse(worker)).signals.map((signal) => signal.id),
      [at(jobs, 3).id],
    )
  }),

  on('pulse', 'no signals of others', 'only the worker that runs the job is told', async (t) => {
    await t.insert(2)
    const [one, two] = [await t.worker(), await t.worker()]
    const job = only(await one.take(1))
    await two.take(1)
    await t.engine.cancelJobs({ ids: [job.id], reason: null })
    assert.deepEqual((await pulse(two)).signals, [])
    assert.equal((await pulse(one)).signals.length, 1)
  }),

  on('pulse', 'no signals once settled', 'nothing is told about jobs that have ended, nor about their next run', async (t) => {
    await t.insert(2)
    const worker = await t.worker()
    const jobs = await worker.take()
    await t.engine.cancelJobs({ ids: jobs.map((job) => job.id), reason: null })
    await worker.finish([endOf(at(jobs, 0), 'succeeded'), endOf(at(jobs, 1), 'retrying')], { closing: [at(jobs, 0).lease] })
    assert.deepEqual((await pulse(worker)).signals, [])
    await t.engine.retryJobs({ ids: jobs.map((job) => job.id) })
    assert.equal((await worker.take()).length, 2)
    assert.deepEqual((await pulse(worker)).signals, [])
  }),

  on('pulse', 'lanes', 'the lanes that have something to claim are named', async (t) => {
    assert.deepEqual(await lanes(t, ['q']), [])
    await inAllLanes(t)
    sameIds(await lanes(t, ['q', 'nothing']), ['q', kindLane('q', 'k'), suspectLane('q')])
    await (await t.worker()).take()
    sameIds(await lanes(t, ['q']), [kindLane('q', 'k'), suspectLane('q')])
  }),

  on('pulse', 'no lanes of paused queues', 'paused queues have none', async (t) => {
    await inAllLanes(t)
    await t.insertOne({ queue: 'other' })
    await t.engine.pauseQueue({ queue: 'q', by: null, reason: null })
    assert.deepEqual(await lanes(t, ['q', 'other']), ['other'])
  }),

  on('pulse', 'no lanes of other queues', 'queues that were not asked for are not named, whatever they are called', async (t) => {
    for (const queue of ['qq', 'q.x', 'Q', '_', 'a']) await t.insertOne({ queue })
    assert.deepEqual(await lanes(t, ['q']), [])
    assert.deepEqual(await lanes(t, []), [])
    assert.deepEqual(await lanes(t, ['_']), ['_'])
  }),

  on('pulse', 'next due', 'it tells how long until the next scheduled job of any queue', async (t) => {
    const worker = await t.worker()
    await t.insert(3, (index) => ({ delayMs: (index + 2) * HOUR, queue: 'other' }))
    const { nextDueMs } = await pulse(worker)
    assert.ok(nextDueMs !== null && nextDueMs <= 2 * HOUR && nextDueMs > HOUR)
    await t.insertOne({ delayMs: HOUR })
    const sooner = (await pulse(worker)).nextDueMs
    assert.ok(sooner !== null && sooner <= HOUR && sooner > HOUR / 2)
  }),

  on('pulse', 'overdue', 'an overdue job is due in zero', async (t) => {
    await t.insertOne({ delayMs: 1 })
    const worker = await t.worker()
    await until(async () => (await pulse(worker)).nextDueMs === 0, 'the job is due')
  }),

  on('pulse', 'nothing due', 'with nothing scheduled there is no next moment', async (t) => {
    await t.insertOne()
    assert.equal((await pulse(await t.worker())).nextDueMs, null)
  }),

  on('pulse', 'now', "the store's clock does not go back", async (t) => {
    const worker = await t.worker()
    const times: number[] = []
    for (let round = 0; round < 5; round++) times.push((await pulse(worker)).now)
    assert.deepEqual(times, [...times].sort())
    assert.ok(Number.isFinite(times[0]))
  }),
]
