/** Lists of jobs: filters, order, pages. */
import assert from 'node:assert/strict'
import { JOB_STATES } from '../../core/index.js'
import type { JobFilter, JobSummary } from '../../engine/index.js'
import { at, type Bench, ids, sameIds } from './bench.js'
import { type Case, on } from './case.js'
import { endOf } from './worker.js'

const HOUR = 3_600_000

/** All pages of a list. */
async function pages(t: Bench, filter: JobFilter, limit: number): Promise<JobSummary[]> {
  const jobs: JobSummary[] = []
  for (let after: string | null = '', count = 0; after !== null; count++) {
    assert.ok(count < 1000, 'the pages come to an end')
    const page: { jobs: readonly JobSummary[]; next: string | null } = await t.engine.listJobs({
      filter,
      limit,
      ...(after ? { after } : {}),
    })
    assert.ok(page.jobs.length <= limit)
    jobs.push(...page.jobs)
    after = page.next
  }
  return jobs
}

/** `each` jobs in every state but blocked, over queues a and b and kinds x and y; by state, in the order of their enqueueing. */
async function inEveryState(t: Bench, each: number): Promise<Map<string, string[]>> {
  const worker = await t.worker()
  const over = (index: number) => ({ queue: index % 2 ? 'a' : 'b', kind: index % 4 < 2 ? 'x' : 'y' })
  const byState = new Map<string, string[]>()
  for (const state of ['succeeded', 'dead', 'cancelled', 'running'] as const) {
    byState.set(state, ids(await t.insert(each, over)))
    const held = await worker.take({ limit: 1000, from: ['a', 'b'] })
    const order = byState.get(state) ?? []
    held.sort((one, two) => order.indexOf(one.id) - order.indexOf(two.id))
    if (state !== 'running') for (const job of held) await worker.finish([endOf(job, state)])
  }
  byState.set('queued', ids(await t.insert(each, over)))
  byState.set('scheduled', ids(await t.insert(each, (index) => ({ ...over(index), delayMs: HOUR }))))
  byState.set('blocked', [])
  return byState
}

export const listCases: readonly Case[] = [
  ...(['succeeded', 'dead', 'cancelled'] as const).map((state) =>
    on('listJobs', 'ended twice, listed once', `a job that was retried and ended ${state} again is listed once`, async (t) => {
      const worker = await t.worker()
      const jobs = await t.insert(3)
      for (let round = 0; round < 3; round++) {
        if (round > 0) await t.engine.retryJobs({ ids: [at(jobs, 1).id] })
        await worker.finishAll(await worker.take(), state)
      }
      for (const limit of [1, 2, 100]) assert.deepEqual(ids(await pages(t, { state }, limit)), ids(jobs).reverse())
    }),
  ),

  on('listJobs', 'by state', 'each state lists its own jobs', async (t) => {
    const byState = await inEveryState(t, 4)
    for (const state of JOB_STATES) {
      const { jobs, next } = await t.engine.listJobs({ filter: { state }, limit: 100 })
      sameIds(ids(jobs), byState.get(state) ?? [])
      assert.equal(next, null)
      for (const job of jobs) assert.equal(job.state, state)
    }
  }),

  on('listJobs', 'by queue', 'a queue lists its jobs in every state', async (t) => {
    await inEveryState(t, 4)
    const jobs = await pages(t, { queue: 'a' }, 5)
    assert.equal(jobs.length, 12)
    for (const job of jobs) assert.equal(job.queue, 'a')
    assert.deepEqual(await pages(t, { queue: 'nowhere' }, 5), [])
  }),

  on('listJobs', 'by kind', 'a kind lists its jobs in every state', async (t) => {
    await inEveryState(t, 4)
    const jobs = await pages(t, { kind: 'x' }, 5)
    assert.equal(jobs.length, 12)
    for (const job of jobs) assert.equal(job.kind, 'x')
    assert.deepEqual(await pages(t, { kind: 'nothing' }, 5), [])
  }),

  on('listJobs', 'all filters', 'filters hold together', async (t) => {
    await inEveryState(t, 8)
    for (const state of JOB_STATES) {
      const jobs = await pages(t, { state, queue: 'a', kind: 'y' }, 1)
      assert.equal(jobs.length, state === 'blocked' ? 0 : 2)
      for (const job of jobs) assert.deepEqual([job.state, job.queue, job.kind], [state, 'a', 'y'])
    }
    assert.equal((await pages(t, { queue: 'b', kind: 'x' }, 3)).length, 12)
    assert.equal((await pages(t, { state: 'dead', kind: 'x' }, 3)).length, 4)
  }),

  on('listJobs', 'newest first', 'the newest come first', async (t) => {
    const byState = await inEveryState(t, 5)
    for (const state of ['succeeded', 'dead', 'cancelled', 'running', 'scheduled'] as const) {
      const { jobs } = await t.engine.listJobs({ filter: { state }, limit: 100 })
      assert.deepEqual(ids(jobs), [...(byState.get(state) ?? [])].reverse(), state)
    }
  }),

  on('listJobs', 'newest first', 'without a state, too', async (t) => {
    const jobs = await t.insert(30)
    assert.deepEqual(ids(await pages(t, {}, 7)), ids(jobs).reverse())
    assert.deepEqual(ids(await pages(t, { kind: 'k' }, 7)), ids(jobs).reverse())
  }),

  on('listJobs', 'queued in running order', 'queued jobs stand in the order in which they will run', async (t) => {
    await t.insert(40, (index) => ({ priority: (index * 7) % 5 }))
    const listed = await pages(t, { state: 'queued', queue: 'q' }, 7)
    assert.deepEqual(ids(await (await t.worker()).take()), ids(listed))
  }),

  on('listJobs', 'pages', 'pages of any size repeat nothing and leave nothing out', async (t) => {
    const byState = await inEveryState(t, 10)
    const all = [...byState.values()].flat()
    const whole = ids(await pages(t, {}, 1000))
    sameIds(whole, all)
    for (const limit of [1, 7, 30, 60]) assert.deepEqual(ids(await pages(t, {}, limit)), whole)
  }),

  on('listJobs', 'pages', 'a walk goes on steadily while jobs come and go', async (t) => {
    const old = await t.insert(20)
    const first = await t.engine.listJobs({ filter: {}, limit: 5 })
    assert.ok(first.next)
    await t.insert(20)
    const second = await t.engine.listJobs({ filter: {}, limit: 5, after: first.next })
    assert.deepEqual(ids([...first.jobs, ...second.jobs]), ids(old).reverse().slice(0, 10))
  }),

  on('listJobs', 'pages of a state', 'the same holds within each state and queue', async (t) => {
    const byState = await inEveryState(t, 12)
    for (const state of JOB_STATES) {
      for (const limit of [1, 5, 12]) sameIds(ids(await pages(t, { state }, limit)), byState.get(state) ?? [])
      assert.equal((await pages(t, { state, queue: 'a' }, 4)).length, state === 'blocked' ? 0 : 6)
    }
  }),

  on('listJobs', 'empty', 'an empty store lists nothing', async (t) => {
    for (const filter of [{}, { queue: 'q' }, { kind: 'k' }, ...JOB_STATES.map((state) => ({ state }))]) {
      assert.deepEqual(await t.engine.listJobs({ filter, limit: 10 }), { jobs: [], next: null })
    }
  }),

  on('listJobs', 'same as getJob', 'a list says the same of a job as a look at it', async (t) => {
    await inEveryState(t, 2)
    const fields = [
      'id',
      'kind',
      'queue',
      'priority',
      'state',
      'attempt',
      'maxAttempts',
      'createdAt',
      'runAt',
      'endedAt',
      'worker',
    ] as const
    const { jobs } = await t.engine.listJobs({ filter: {}, limit: 100 })
    assert.equal(jobs.length, 12)
    for (const job of jobs) {
      const record = await t.job(job.id)
      assert.deepEqual(job, Object.fromEntries(fields.map((field) => [field, record[field]])))
      assert.deepEqual(
        job,
        at(
          (await t.engine.listJobs({ filter: { state: job.state }, limit: 10 })).jobs.filter(({ id }) => id === job.id),
          0,
        ),
      )
    }
  }),
]
