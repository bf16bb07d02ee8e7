/** Enqueueing: results, order, when a job may run. What is kept of it is in enqueue-kept.ts. */
import assert from 'node:assert/strict'
import { newId } from '../../core/index.js'
import { at, ids, only, sameIds, untilDone } from './bench.js'
import { type Case, on, shared } from './case.js'

const HOUR = 3_600_000

export const enqueueCases: readonly Case[] = [
  on('insertJobs', 'inserted', 'a new job is inserted and waits in its queue', async (t) => {
    const job = t.newJob()
    assert.deepEqual(await t.engine.insertJobs({ jobs: [job] }), ['inserted'])
    assert.equal(await t.state(job), 'queued')
  }),

  on('insertJobs', 'nothing to insert', 'an empty list is no error', async (t) => {
    assert.deepEqual(await t.engine.insertJobs({ jobs: [] }), [])
  }),

  on('insertJobs', 'exists', 'an id that is there is answered with exists', async (t) => {
    const job = await t.insertOne()
    assert.deepEqual(await t.engine.insertJobs({ jobs: [job] }), ['exists'])
  }),

  on('insertJobs', 'replay changes nothing', 'a replay with other content leaves the job as it was', async (t) => {
    const job = await t.insertOne({ payload: '{"first":true}', priority: 1 })
    const before = await t.job(job.id)
    const replay = {
      ...job,
      payload: '{}',
      priority: 9,
      queue: 'other',
      kind: 'other',
      maxAttempts: 1,
      delayMs: HOUR,
      extras: { tags: ['x'] },
    }
    assert.deepEqual(await t.engine.insertJobs({ jobs: [replay] }), ['exists'])
    assert.deepEqual(await t.job(job.id), before)
    assert.equal(await t.queue('other'), undefined)
  }),

  on('insertJobs', 'replay changes nothing', 'a replay gives no second entry to claim', async (t) => {
    const jobs = await t.insert(20)
    await t.engine.insertJobs({ jobs })
    const worker = await t.worker()
    assert.deepEqual(ids(await worker.take()), ids(jobs))
    assert.deepEqual(await worker.take(), [])
  }),

  on('insertJobs', 'replay changes nothing', 'a replay of a running or ended job does not bring it back', async (t) => {
    const worker = await t.worker()
    const jobs = await t.insert(2)
    const [first] = await worker.take(1)
    assert.ok(first)
    await worker.finishAll([first], 'succeeded')
    await worker.take(1)
    assert.deepEqual(await t.engine.insertJobs({ jobs }), ['exists', 'exists'])
    assert.deepEqual(await t.states(jobs), ['succeeded', 'running'])
    assert.deepEqual(await worker.take(), [])
  }),

  on('insertJobs', 'order of results', 'results stand in the order of the jobs', async (t) => {
    const old = await t.insert(3)
    const jobs = old.flatMap((job) => [t.newJob(), job])
    const results = await t.engine.insertJobs({ jobs })
    assert.deepEqual(results, ['inserted', 'exists', 'inserted', 'exists', 'inserted', 'exists'])
  }),

  on('insertJobs', 'twice in one call', 'the same id twice in one call is one job', async (t) => {
    const job = t.newJob()
    assert.deepEqual(await t.engine.insertJobs({ jobs: [job, job] }), ['inserted', 'exists'])
    assert.deepEqual(ids(await (await t.worker()).take()), [job.id])
  }),

  on(
    'insertJobs',
    'two engines at once',
    'the same jobs from two processes at once are stored once',
    async (t) => {
      const other = await t.second()
      const jobs = Array.from({ length: 200 }, () => t.newJob())
      const backwards = [...jobs].reverse()
      const [here, there] = await Promise.all([
        untilDone(() => t.engine.insertJobs({ jobs })),
        untilDone(() => other.insertJobs({ jobs: backwards })).then((results) => [...results].reverse()),
      ])
      for (const index of jobs.keys()) assert.deepEqual([here[index], there[index]].sort(), ['exists', 'inserted'])
      sameIds(ids(await (await t.worker()).take(1000)), ids(jobs))
    },
    shared,
  ),

  on('insertJobs', 'all or none', 'one job that the store cannot take leaves none of them', async (t) => {
    const bad = { ...t.newJob(), queue: null as unknown as string }
    const jobs = [t.newJob(), bad, t.newJob()]
    await assert.rejects(t.engine.insertJobs({ jobs }))
    assert.deepEqual(await t.states(jobs), ['missing', 'missing', 'missing'])
    assert.deepEqual(await t.engine.listQueues(), [])
  }),

  on('insertJobs', 'all or none', 'it holds for calls longer than one chunk, too', async (t) => {
    const count = Math.min(2 * t.engine.capabilities.insertChunk, 3000) + 1
    const jobs = Array.from({ length: count }, () => t.newJob())
    const bad = { ...t.newJob(), queue: null as unknown as string }
    await assert.rejects(t.engine.insertJobs({ jobs: [...jobs, bad] }))
    assert.deepEqual(await t.engine.listQueues(), [])
    assert.equal(await t.engine.getJob({ id: at(jobs, 0).id }), null)
  }),

  on('insertJobs', 'at once by default', 'a job without a time may run now', async (t) => {
    const job = await t.insertOne()
    assert.equal((await t.job(job.id)).runAt, null)
    assert.equal(only(await (await t.worker()).take()).id, job.id)
  }),

  on('insertJobs', 'runAt', 'a job for later is scheduled for that moment', async (t) => {
    const runAt = (await t.now()) + HOUR
    const record = await t.job((await t.insertOne({ runAt })).id)
    assert.equal(record.state, 'scheduled')
    assert.equal(record.runAt, runAt)
  }),

  on('insertJobs', 'past runAt is now', 'a moment in the past is now', async (t) => {
    const now = await t.now()
    const jobs = [await t.insertOne({ runAt: now - HOUR }), await t.insertOne({ runAt: 0 })]
    assert.deepEqual(await t.states(jobs), ['queued', 'queued'])
    assert.deepEqual(ids(await (await t.worker()).take()), ids(jobs))
  }),

  on('insertJobs', 'delayMs', "a delay counts from the store's clock", async (t) => {
    const before = await t.now()
    const record = await t.job((await t.insertOne({ delayMs: HOUR })).id)
    const after = await t.now()
    assert.equal(record.state, 'scheduled')
    assert.ok(record.runAt !== null && record.runAt >= before + HOUR - 50 && record.runAt <= after + HOUR + 50)
  }),

  on('insertJobs', 'delayMs', 'a delay of nothing is now', async (t) => {
    assert.equal(await t.state(await t.insertOne({ delayMs: 0 })), 'queued')
  }),

  on('insertJobs', 'large payload', 'a bulk insert of ten thousand jobs is complete', async (t) => {
    const jobs = Array.from({ length: 10_000 }, (_, index) => t.newJob({ id: newId(), payload: `{"n":${index}}` }))
    const results = await t.engine.insertJobs({ jobs })
    assert.equal(results.filter((result) => result === 'inserted').length, 10_000)
    assert.equal((await t.queue('q'))?.counts.queued, 10_000)
  }),

  on('insertJobs', 'large payload', 'jobs of very many queues in one call are complete', async (t) => {
    const jobs = [0, 1].map(() => Array.from({ length: 1100 }, (_, index) => t.newJob({ queue: `q${index}` })))
    for (const call of jobs) assert.ok((await t.engine.insertJobs({ jobs: call })).every((result) => result === 'inserted'))
    const all = ids(jobs.flat())
    assert.ok((await t.engine.cancelJobs({ ids: all, reason: null })).every((result) => result === 'cancelled'))
  }),

  on('insertJobs', 'large payload', 'a call of many megabytes is complete, and its replay changes nothing', async (t) => {
    const payload = JSON.stringify('é'.repeat(600_000))
    const jobs = Array.from({ length: 40 }, () => t.newJob({ payload }))
    assert.ok((await t.engine.insertJobs({ jobs })).every((result) => result === 'inserted'))
    assert.ok((await t.engine.insertJobs({ jobs })).every((result) => result === 'exists'))
    const taken = await (await t.worker()).take(3)
    assert.deepEqual(ids(taken), ids(jobs.slice(0, 3)))
    assert.equal(at(taken, 2).payload, payload)
  }),
]
