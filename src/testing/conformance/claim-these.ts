/** Claims of single jobs by their ids, as an operator runs them by hand. */
import assert from 'node:assert/strict'
import { kindLane, newId, suspectLane } from '../../core/index.js'
import { at, type Bench, ids, only, sameIds } from './bench.js'
import { type Case, on } from './case.js'
import { claimRequest, type TestWorker } from './worker.js'

const HOUR = 3_600_000

const these = (worker: TestWorker, asked: readonly string[], limit = 100) => worker.take({ only: asked, from: [], limit })

/** Claimed, and its end is taken. */
async function runs(t: Bench, job: { readonly id: string }): Promise<void> {
  const worker = await t.worker()
  const held = only(await these(worker, [job.id]))
  assert.equal(held.id, job.id)
  assert.deepEqual([await t.state(job), (await t.job(job.id)).worker], ['running', worker.id])
  assert.deepEqual(await worker.finishAll([held], 'succeeded'), { refused: [], cancelled: [] })
}

export const claimTheseCases: readonly Case[] = [
  on('claim', 'only: queued', 'a queued job is taken from among others, which stay', async (t) => {
    const jobs = await t.insert(5)
    await runs(t, at(jobs, 2))
    assert.deepEqual((await t.queue('q'))?.counts.queued, 4)
    const rest = await (await t.worker()).take()
    assert.deepEqual(ids(rest), ids(jobs.filter((_, index) => index !== 2)))
  }),

  on('claim', 'only: queued', 'the claim tells all that any claim tells', async (t) => {
    const job = await t.insertOne({ payload: '{"a":1}', priority: 3, maxAttempts: 7, extras: { tags: ['x'] } })
    const { lease, entry, ...rest } = only(await these(await t.worker(), [job.id]))
    const { id, queue, kind, priority, maxAttempts, payload, extras } = job
    assert.deepEqual(rest, { id, queue, kind, priority, maxAttempts, payload, extras, claim: 1, used: 0 })
    assert.ok(lease && Number.isInteger(entry))
  }),

  on('claim', 'enqueue order', 'a job that is taken from among others, or cancelled, and comes back, stands where it stood', async (t) => {
    const jobs = await t.insert(9)
    const worker = await t.worker()
    await worker.finishAll(await these(worker, [at(jobs, 2).id]), 'returned')
    await worker.finishAll(await these(worker, [at(jobs, 0).id]), 'retrying')
    const some = ids([at(jobs, 8), at(jobs, 3), at(jobs, 5)])
    await t.engine.cancelJobs({ ids: some, reason: null })
    await t.engine.retryJobs({ ids: some })
    const listed = await t.engine.listJobs({ filter: { state: 'queued', queue: 'q' }, limit: 100 })
    assert.deepEqual(ids(listed.jobs), ids(jobs))
    assert.deepEqual(ids(await worker.take()), ids(jobs))
  }),

  on('claim', 'only: scheduled', 'a scheduled job is taken before its moment, a retried one with what it has used', async (t) => {
    await runs(t, await t.insertOne({ delayMs: HOUR }))
    await t.insertOne()
    const worker = await t.worker()
    const first = only(await worker.take())
    await worker.finishAll([first], 'retrying', { delayMs: HOUR })
    const again = only(await these(worker, [first.id]))
    assert.deepEqual([again.claim, again.used], [2, 1])
    const counts = (await t.queue('q'))?.counts
    assert.deepEqual([counts?.scheduled, counts?.running, counts?.succeeded], [0, 1, 1])
  }),

  on('claim', 'only: kind and suspect lane', 'a job is found in whatever lane it waits', async (t) => {
    for (const lane of [kindLane('q', 'k'), suspectLane('q')]) {
      const job = await t.insertOne()
      const worker = await t.worker()
      await worker.finishAll(await worker.take(), 'returned', { lane })
      await runs(t, job)
    }
  }),

  on('claim', 'only: paused', 'a job of a paused queue is taken all the same', async (t) => {
    const job = await t.insertOne()
    await t.engine.pauseQueue({ queue: 'q', by: null, reason: null })
    assert.deepEqual(await (await t.worker()).take(), [])
    await runs(t, job)
  }),

  on(
    'claim',
    'only: what does not wait is left out',
    'running, ended and missing ones are left out, and nothing else is taken',
    async (t) => {
      const jobs = await t.insert(3)
      const worker = await t.worker()
      const held = await worker.take(2)
      await worker.finish([{ ...at(held, 0), end: 'succeeded', used: 1, ranMs: 1, body: null }])
      const claimed = await worker.claim({ only: [...ids(held), newId(), 'nonsense'], from: [] })
      assert.deepEqual([claimed.jobs, claimed.more], [[], false])
      assert.deepEqual(await these(worker, []), [])
      assert.deepEqual(await t.states(jobs), ['succeeded', 'running', 'queued'])
      assert.deepEqual(ids(await these(worker, ids(jobs))), [at(jobs, 2).id])
    },
  ),

  on('claim', 'only: limit and order', 'no more than the limit, in the order of their enqueueing, each once', async (t) => {
    const jobs = await t.insert(20)
    const worker = await t.worker()
    const asked = ids(jobs)
      .filter((_, index) => index % 2)
      .reverse()
    const first = await these(worker, [...asked, ...asked], 4)
    assert.deepEqual(ids(first), [...asked].reverse().slice(0, 4))
    sameIds(ids(await these(worker, asked)), [...asked].reverse().slice(4))
  }),

  on('claim', 'only: replay', 'a claim that is sent again, because its answer was lost, answers the same jobs', async (t) => {
    const jobs = await t.insert(3)
    const worker = await t.worker()
    const request = { worker: worker.id, ...claimRequest({ only: [at(jobs, 1).id], from: [] }) }
    const first = await t.engine.claim({ ...request, replay: true })
    assert.deepEqual(ids(first.jobs), [at(jobs, 1).id])
    assert.deepEqual((await t.engine.claim({ ...request, replay: true })).jobs, first.jobs)
    assert.equal((await t.queue('q'))?.counts.running, 1)
  }),

  on('claim', 'only: against claims', 'what others claim at the same time is claimed once', async (t) => {
    const all = ids(await t.insert(300))
    const workers = await Promise.all([t.worker(), t.worker(), t.worker()])
    const claims = workers.map(async (worker, place) => {
      const taken: string[] = []
      for (let round = 0; round < 10; round++) {
        const asked = all.filter((_, index) => index % 10 === round)
        taken.push(...ids(place === 0 ? await worker.take(12) : await these(worker, asked)))
      }
      return taken
    })
    sameIds((await Promise.all(claims)).flat(), all)
    assert.equal((await t.queue('q'))?.counts.running, 300)
  }),
]
