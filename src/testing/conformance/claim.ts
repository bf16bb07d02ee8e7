/** Claiming: what is taken, in which order, and how much. Many claimers at once are in claim-many.ts. */
import assert from 'node:assert/strict'
import { kindLane, newToken, suspectLane } from '../../core/index.js'
import { at, ids, only } from './bench.js'
import { type Case, on } from './case.js'
import { endOf } from './worker.js'

const HOUR = 3_600_000

export const claimCases: readonly Case[] = [
  on('claim', 'every field', 'a claimed job carries what a worker needs to run it', async (t) => {
    const job = await t.insertOne({ kind: 'mail', priority: 3, maxAttempts: 7, payload: '{"to":"x"}', extras: { tags: ['a'] } })
    const worker = await t.worker()
    const lease = newToken()
    const claimed = await worker.claim({ limit: 5, lease })
    assert.equal(claimed.lease, lease)
    const { entry, ...rest } = only(claimed.jobs)
    assert.equal(typeof entry, 'number')
    const { id, queue, kind, priority, maxAttempts, payload, extras } = job
    assert.deepEqual(rest, { id, queue, kind, priority, maxAttempts, payload, extras, claim: 1, used: 0 })
  }),

  on('claim', 'priority order', 'lower priority numbers are taken first', async (t) => {
    const priorities = [0, 10, -10, 32_767, -32_767, 5, 1, -1]
    const jobs = await t.insert(priorities.length, (index) => ({ priority: priorities[index] ?? 0 }))
    const sorted = [...jobs].sort((a, b) => a.priority - b.priority)
    assert.deepEqual(ids(await (await t.worker()).take()), ids(sorted))
  }),

  on('claim', 'priority order', 'a later job of high priority overtakes', async (t) => {
    const worker = await t.worker()
    const [a, b] = await t.insert(2)
    assert.deepEqual(ids(await worker.take(1)), [a?.id])
    const urgent = await t.insertOne({ priority: -10 })
    assert.deepEqual(ids(await worker.take(5)), [urgent.id, b?.id])
  }),

  on('claim', 'enqueue order', 'among equals the first enqueued is taken first, whatever the ids say', async (t) => {
    const made = Array.from({ length: 50 }, () => t.newJob())
    const backwards = [...made].reverse()
    await t.engine.insertJobs({ jobs: backwards.slice(0, 20) })
    for (const job of backwards.slice(20)) await t.engine.insertJobs({ jobs: [job] })
    const worker = await t.worker()
    const taken = [...(await worker.take(13)), ...(await worker.take(30)), ...(await worker.take())]
    assert.deepEqual(ids(taken), ids(backwards))
  }),

  on('claim', 'enqueue order', 'jobs of every kind that came in one call stay in the order of its list', async (t) => {
    const jobs = await t.insert(300, (index) => ({
      kind: `k${index % 3}`,
      maxAttempts: 1 + (index % 4),
      payload: JSON.stringify('x'.repeat((index % 7) * 300)),
      ...(index % 5 ? {} : { extras: { tags: ['t'] } }),
    }))
    const worker = await t.worker()
    const taken = [...(await worker.take(7)), ...(await worker.take(130)), ...(await worker.take(300))]
    assert.deepEqual(ids(taken), ids(jobs))
  }),

  on('claim', 'lanes in order', 'lanes are served in the order in which the claim names them', async (t) => {
    const jobs = await t.insert(6, (index) => ({ queue: index % 2 ? 'a' : 'b', priority: -index }))
    const taken = await (await t.worker()).take({ from: ['a', 'b'] })
    const order = [5, 3, 1, 4, 2, 0].map((index) => at(jobs, index).id)
    assert.deepEqual(ids(taken), order)
  }),

  on('claim', 'lane limit', 'no lane gives more than its limit', async (t) => {
    const jobs = await t.insert(10, (index) => ({ queue: index < 5 ? 'a' : 'b' }))
    const worker = await t.worker()
    const lanes = [
      { lane: 'a', limit: 2 },
      { lane: 'b', limit: 3 },
    ]
    const claimed = await worker.claim({ limit: 100, lanes })
    assert.deepEqual(ids(claimed.jobs), ids([...jobs.slice(0, 2), ...jobs.slice(5, 8)]))
    assert.equal(claimed.more, true)
  }),

  on('claim', 'limit in all', 'a claim is filled past jobs that were cancelled', async (t) => {
    const jobs = [...(await t.insert(5)), ...(await t.insert(10))]
    await t.engine.cancelJobs({ ids: [at(jobs, 2).id, at(jobs, 5).id, at(jobs, 6).id], reason: null })
    const rest = ids(jobs.filter((_, index) => ![2, 5, 6].includes(index)))
    const worker = await t.worker()
    assert.deepEqual(ids(await worker.take(5)), rest.slice(0, 5))
    assert.deepEqual(ids(await worker.take(100)), rest.slice(5))
  }),

  on('claim', 'more', 'of very large jobs a claim may give fewer, and all come in the end', async (t) => {
    const payload = JSON.stringify('x'.repeat(4 * 2 ** 20))
    const all: string[] = []
    for (let call = 0; call < 5; call++) all.push(...ids(await t.insert(5, { payload })))
    const worker = await t.worker()
    const taken: string[] = []
    for (let more = true; more; ) {
      const claimed = await worker.claim(100)
      taken.push(...ids(claimed.jobs))
      more = claimed.more
    }
    assert.deepEqual(taken, all)
  }),

  on('claim', 'limit in all', 'no claim gives more than its limit', async (t) => {
    const jobs = await t.insert(10, (index) => ({ queue: index < 5 ? 'a' : 'b' }))
    const claimed = await (await t.worker()).claim({ limit: 7, from: ['a', 'b'] })
    assert.deepEqual(ids(claimed.jobs), ids(jobs.slice(0, 7)))
    assert.equal(claimed.more, true)
  }),

  on('claim', 'more', 'more is true when the limit left something', async (t) => {
    await t.insert(4)
    const worker = await t.worker()
    assert.equal((await worker.claim(1)).more, true)
    assert.equal((await worker.claim(2)).more, true)
  }),

  on('claim', 'no more', 'more is false when nothing was left, at the very limit, too', async (t) => {
    await t.insert(4)
    await t.insert(2, { queue: 'a' })
    const worker = await t.worker()
    assert.equal((await worker.claim(4)).more, false)
    assert.equal((await worker.claim(4)).more, false)
    assert.equal((await worker.claim({ from: ['q', 'a'], limit: 100 })).more, false)
  }),

  on('claim', 'nothing', 'a claim from lanes that are empty or unknown takes nothing', async (t) => {
    const claimed = await (await t.worker()).claim({ from: ['q', 'nowhere', suspectLane('q')], lease: newToken() })
    assert.deepEqual([claimed.jobs, claimed.more], [[], false])
  }),

  on('claim', 'nothing', 'a claim that names no lane takes nothing', async (t) => {
    await t.insert(1)
    assert.deepEqual((await (await t.worker()).claim({ from: [], limit: 10 })).jobs, [])
  }),

  on('claim', 'other lanes left alone', 'only the lanes that are named give jobs', async (t) => {
    await t.insert(3, { queue: 'other' })
    const [job] = await t.insert(1)
    assert.deepEqual(ids(await (await t.worker()).take()), [job?.id])
    assert.equal((await t.queue('other'))?.counts.queued, 3)
  }),

  on('claim', 'kind lane', 'a job returned for its kind is taken from the kind lane only', async (t) => {
    await t.insert(2, { kind: 'mail' })
    const worker = await t.worker()
    const jobs = await worker.take()
    await worker.finishAll(jobs, 'returned', { lane: kindLane('q', 'mail') })
    assert.deepEqual(await worker.take({ from: ['q', kindLane('q', 'k'), suspectLane('q')] }), [])
    assert.deepEqual(ids(await worker.take({ from: [kindLane('q', 'mail')] })), ids(jobs))
  }),

  on('claim', 'suspect lane', 'suspects are taken from their lane only', async (t) => {
    await t.insert(1)
    const worker = await t.worker()
    const job = only(await worker.take())
    await worker.finishAll([job], 'returned', { lane: suspectLane('q') })
    assert.deepEqual(await worker.take({ from: ['q', kindLane('q', 'k')] }), [])
    assert.equal(only(await worker.take({ from: [suspectLane('q')], alone: true })).id, job.id)
  }),

  on('claim', 'paused gives nothing', 'lanes of a paused queue give nothing, and others go on', async (t) => {
    await t.insert(3)
    const [other] = await t.insert(1, { queue: 'other' })
    await t.engine.pauseQueue({ queue: 'q', by: null, reason: null })
    const claimed = await (await t.worker()).claim({ from: ['q', 'other'] })
    assert.deepEqual([ids(claimed.jobs), claimed.more], [[other?.id], false])
  }),

  on('claim', 'scheduled gives nothing', 'jobs that are not due are not taken', async (t) => {
    await t.insert(3, { delayMs: HOUR })
    const claimed = await (await t.worker()).claim()
    assert.deepEqual([claimed.jobs, claimed.more], [[], false])
  }),

  on('claim', 'due keeps its place', 'a job that has come due takes its place in the order of enqueueing', async (t) => {
    const [early] = await t.insert(1, { delayMs: HOUR })
    const [late] = await t.insert(1)
    await t.engine.promoteDue({ limit: 10, aheadMs: 2 * HOUR })
    assert.deepEqual(ids(await (await t.worker()).take()), [early?.id, late?.id])
  }),

  on('claim', 'claim numbers rise', 'each claim of a job has a higher number than the last', async (t) => {
    await t.insert(1)
    const worker = await t.worker()
    let last = 0
    for (const end of ['returned', 'retrying', 'snoozed', 'returned', 'retrying'] as const) {
      const job = only(await worker.take())
      assert.ok(job.claim > last)
      assert.equal(last > 0 || job.claim === 1, true)
      last = job.claim
      await worker.finish([endOf(job, end)], { closing: [job.lease] })
    }
    assert.equal(only(await worker.take()).used, 2)
  }),
]
