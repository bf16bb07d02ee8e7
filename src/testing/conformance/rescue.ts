/** Rescue: what is given back of a worker that has gone, who is a suspect, and who has crashed too often. */
import assert from 'node:assert/strict'
import { kindLane, suspectLane } from '../../core/index.js'
import type { Rescue } from '../../engine/index.js'
import { at, type Bench, ids, only, sameIds } from './bench.js'
import { type Case, on } from './case.js'
import { type ClaimOptions, endOf, type Held } from './worker.js'

const SUSPECTS = suspectLane('q')

function rescue(t: Bench, limit = 1000, maxCrashes = 3): Promise<Rescue> {
  return t.engine.rescueJobs({ limit, maxCrashes })
}

/** A new worker claims, disappears, and is rescued from. */
async function crash(t: Bench, options: ClaimOptions, maxCrashes = 3): Promise<{ jobs: Held[]; rescued: Rescue }> {
  const worker = await t.worker()
  const jobs = await worker.take(options)
  assert.equal(await worker.lose(), true)
  return { jobs, rescued: await rescue(t, 1000, maxCrashes) }
}

/** Twice lost while it ran: a suspect. */
async function crashTwice(t: Bench, options: ClaimOptions, maxCrashes = 3): Promise<Rescue> {
  await crash(t, options, maxCrashes)
  return (await crash(t, options, maxCrashes)).rescued
}

async function ends(t: Bench, id: string): Promise<string[]> {
  return (await t.job(id)).attempts.map((attempt) => attempt.end)
}

const waiting = { limit: 100, starting: 0 }
const alone = { limit: 1, from: [SUSPECTS], alone: true }

export const rescueCases: readonly Case[] = [
  on('rescueJobs', 'nothing', 'with nobody gone there is nothing to do', async (t) => {
    assert.deepEqual(await rescue(t), { requeued: 0, dead: [], cancelled: 0, lanes: [], done: true })
  }),

  on('rescueJobs', 'waiting', 'jobs that were not started lose neither attempt nor innocence', async (t) => {
    await t.insert(5)
    const { jobs, rescued } = await crash(t, waiting)
    assert.deepEqual([rescued.requeued, rescued.dead, rescued.cancelled, rescued.done], [5, [], 0, true])
    const again = await (await t.worker()).take()
    sameIds(ids(again), ids(jobs))
    for (const job of again) assert.equal(job.used, 0)
  }),

  on('rescueJobs', 'waiting keeps its place', 'they go before those that were enqueued after them', async (t) => {
    const jobs = await t.insert(6)
    await crash(t, { limit: 3, starting: 0 })
    assert.deepEqual(ids(await (await t.worker()).take()), ids(jobs))
  }),

  on('rescueJobs', 'waiting three times', 'a job that never started but went down three times is a suspect', async (t) => {
    const job = await t.insertOne()
    for (let round = 0; round < 2; round++) assert.deepEqual(ids((await crash(t, waiting)).jobs), [job.id])
    assert.deepEqual((await crash(t, waiting)).rescued.lanes, [SUSPECTS])
    assert.deepEqual(await (await t.worker()).take(), [])
    const suspect = only(await (await t.worker()).take({ from: [SUSPECTS] }))
    assert.deepEqual([suspect.used, await ends(t, job.id)], [0, ['lost-waiting', 'lost-waiting', 'lost-waiting']])
  }),

  on(
    'rescueJobs',
    'started',
    'of one claim those that were started have used an attempt, and all go back to where they were',
    async (t) => {
      const jobs = await t.insert(5)
      const { rescued } = await crash(t, { limit: 5, starting: 2 })
      assert.deepEqual([rescued.requeued, rescued.lanes], [5, ['q']])
      const again = await (await t.worker()).take()
      assert.deepEqual(ids(again), ids(jobs))
      assert.deepEqual(
        again.map((job) => job.used),
        [1, 1, 0, 0, 0],
      )
      assert.deepEqual(await ends(t, at(jobs, 0).id), ['lost-running'])
      assert.deepEqual(await ends(t, at(jobs, 2).id), ['lost-waiting'])
    },
  ),

  on('rescueJobs', 'started twice', 'those that were lost twice while they ran are suspects, the others are not', async (t) => {
    const jobs = await t.insert(5)
    const { lanes } = await crashTwice(t, { limit: 5, starting: 2 })
    sameIds(lanes, ['q', SUSPECTS])
    const worker = await t.worker()
    assert.deepEqual(ids(await worker.take()), ids(jobs.slice(2)))
    const suspects = await worker.take({ from: [SUSPECTS] })
    assert.deepEqual(ids(suspects), ids(jobs.slice(0, 2)))
    for (const job of suspects) assert.equal(job.used, 2)
  }),

  on('rescueJobs', 'started twice', 'a suspect that is lost before it starts again stays one', async (t) => {
    await t.insertOne()
    await crashTwice(t, 1)
    assert.deepEqual((await crash(t, { limit: 1, from: [SUSPECTS], starting: 0 })).rescued.lanes, [SUSPECTS])
  }),

  on('finishIfOwned', 'started counts', 'jobs that were started later, as the worker told, have used an attempt, too', async (t) => {
    const jobs = await t.insert(5)
    const worker = await t.worker()
    const held = await worker.take({ limit: 5, starting: 1 })
    await worker.finish([endOf(at(held, 0), 'succeeded')], { started: [{ lease: at(held, 0).lease, count: 3 }] })
    await worker.lose()
    await rescue(t)
    const again = await (await t.worker()).take()
    assert.deepEqual(ids(again), ids(jobs.slice(1)))
    assert.deepEqual(
      again.map((job) => job.used),
      [1, 1, 0, 0],
    )
  }),

  on('rescueJobs', 'alone', 'a suspect that crashes alone stays a suspect, with the crash counted', async (t) => {
    const job = await t.insertOne()
    await crashTwice(t, 1)
    const { rescued } = await crash(t, alone)
    assert.deepEqual([rescued.requeued, rescued.lanes], [1, [SUSPECTS]])
    assert.deepEqual(await ends(t, job.id), ['lost-running', 'lost-running', 'lost-alone'])
    assert.equal(only(await (await t.worker()).take({ from: [SUSPECTS] })).used, 3)
  }),

  on('rescueJobs', 'crashed too often', 'a job that crashed alone too often is dead', async (t) => {
    const job = await t.insertOne({ maxAttempts: 100 })
    await crashTwice(t, 1)
    for (let round = 0; round < 2; round++) assert.deepEqual((await crash(t, alone)).rescued.dead, [])
    const { rescued } = await crash(t, alone)
    assert.deepEqual([rescued.dead, rescued.requeued], [[job.id], 0])
    const record = await t.job(job.id)
    assert.equal(record.state, 'dead')
    assert.equal(record.attempts.length, 5)
    assert.deepEqual(await (await t.worker()).take({ from: ['q', SUSPECTS] }), [])
  }),

  on('rescueJobs', 'crashed too often', 'crashes among others do not count for it', async (t) => {
    const job = await t.insertOne({ maxAttempts: 100 })
    assert.deepEqual((await crashTwice(t, 1, 1)).dead, [])
    for (let round = 0; round < 3; round++) assert.deepEqual((await crash(t, { limit: 1, from: [SUSPECTS] }, 1)).rescued.dead, [])
    assert.deepEqual((await crash(t, alone, 1)).rescued.dead, [job.id])
  }),

  on('rescueJobs', 'attempts used up', 'a job that was lost in its last attempt is dead', async (t) => {
    const [last, more] = [await t.insertOne({ maxAttempts: 1 }), await t.insertOne({ maxAttempts: 2 })]
    const { rescued } = await crash(t, 2)
    assert.deepEqual([rescued.dead, rescued.requeued], [[last.id], 1])
    assert.deepEqual(await t.states([last, more]), ['dead', 'queued'])
    assert.ok((await t.job(last.id)).endedAt !== null)
  }),

  on('rescueJobs', 'attempts used up', 'one that was only waiting is not', async (t) => {
    const job = await t.insertOne({ maxAttempts: 1 })
    assert.deepEqual((await crash(t, waiting)).rescued.dead, [])
    assert.equal(await t.state(job), 'queued')
  }),

  on('rescueJobs', 'cancel asked', 'jobs for which a cancel was asked for are cancelled', async (t) => {
    const jobs = await t.insert(4)
    const worker = await t.worker()
    await worker.take({ limit: 4, starting: 2 })
    await t.engine.cancelJobs({ ids: [at(jobs, 0).id, at(jobs, 3).id], reason: 'stop' })
    await worker.lose()
    const rescued = await rescue(t)
    assert.deepEqual([rescued.cancelled, rescued.requeued, rescued.dead], [2, 2, []])
    assert.deepEqual(await t.states(jobs), ['cancelled', 'queued', 'queued', 'cancelled'])
  }),

  on('rescueJobs', 'kind lane', 'a job of a kind lane that was not started goes back to a lane of its queue', async (t) => {
    await t.insertOne()
    const worker = await t.worker()
    await worker.finishAll(await worker.take(), 'returned', { lane: kindLane('q', 'k') })
    const { jobs } = await crash(t, { ...waiting, from: [kindLane('q', 'k')] })
    assert.deepEqual(ids(await worker.take({ from: ['q', kindLane('q', 'k')] })), ids(jobs))
  }),

  on('rescueJobs', 'history', 'each lost claim has its end in the history, by the lost worker', async (t) => {
    const job = await t.insertOne()
    const worker = await t.worker()
    const [held] = await worker.take()
    await worker.lose()
    await rescue(t)
    const { attempts, attempt } = await t.job(job.id)
    const end = only(attempts)
    assert.deepEqual([end.claim, end.end, end.used, end.worker, attempt], [held?.claim, 'lost-running', 1, worker.id, 1])
  }),
]
