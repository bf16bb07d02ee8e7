/** Lists of jobs: filters, order, pages. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { isWorksongError, JOB_STATES, kindLane, suspectLane } from '../../core/index.js'
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
      assert.deepEqual(await t.engine.listJobs({ filter, limit: 10 }), { jobs: [], next: null, looked: 0 })
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

  on('listJobs', 'found among many', 'one queued job of a queue is on its first page, whatever waits beside it', async (t) => {
    await t.insert(22_000, (index) => ({ queue: index % 20 === 0 ? 'a' : 'q-x' }))
    const [own, ...returned] = await t.insert(3, { queue: 'q' })
    const worker = await t.worker()
    const lanes = [kindLane('q', 'k'), suspectLane('q')]
    const taken = (await worker.take({ limit: 3 })).filter(({ id }) => id !== own?.id)
    await worker.finish(taken.map((job, index) => endOf(job, 'returned', { lane: at(lanes, index) })))
    const { jobs, next } = await t.engine.listJobs({ filter: { state: 'queued', queue: 'q' }, limit: 10 })
    sameIds(ids(jobs), ids(returned))
    assert.equal(next, null)
    sameIds(ids(await pages(t, { state: 'queued', queue: 'q' }, 1)), ids(returned))
  }),

  on('listJobs', 'found among many', 'a job of a queue or kind among thousands of others is on its first page', async (t) => {
    const worker = await t.worker()
    const rare = await t.insertOne({ queue: 'rare', kind: 'rare' })
    const [held] = await worker.take({ from: ['rare'] })
    const filters = [{ queue: 'rare' }, { kind: 'rare' }, { queue: 'rare', kind: 'rare' }]
    await t.insert(12_000)
    for (const filter of filters) {
      const { jobs } = await t.engine.listJobs({ filter, limit: 10 })
      assert.deepEqual(ids(jobs), [rare.id])
    }
    for (let jobs = await worker.take({ limit: 1000 }); jobs.length > 0; jobs = await worker.take({ limit: 1000 })) {
      await worker.finishAll(jobs, 'succeeded')
    }
    assert.ok(held)
    await worker.finishAll([held], 'succeeded')
    for (const filter of filters) {
      const { jobs } = await t.engine.listJobs({ filter: { ...filter, state: 'succeeded' }, limit: 10 })
      assert.deepEqual(ids(jobs), [rare.id])
    }
  }),

  on('listJobs', 'pages of a state', 'queued jobs that are taken between two pages make none of the others come twice', async (t) => {
    const all = await t.insert(30)
    const filter = { state: 'queued', queue: 'q' } as const
    const first = await t.engine.listJobs({ filter, limit: 10 })
    assert.ok(first.next)
    const worker = await t.worker()
    await worker.take({ limit: 5 })
    const second = await t.engine.listJobs({ filter, limit: 10, after: first.next })
    assert.ok(second.next)
    await worker.take({ limit: 20 })
    const third = await t.engine.listJobs({ filter, limit: 10, after: second.next })
    assert.deepEqual(ids([...first.jobs, ...second.jobs]), ids(all).slice(0, 20))
    assert.deepEqual([ids(third.jobs), third.next], [ids(all).slice(25), null])
  }),

  on('listJobs', 'ids of their own', 'jobs with ids of the callers stand in one order, too, and each once', async (t) => {
    const worker = await t.worker()
    const all = ids(await t.insert(60, () => ({ id: randomUUID() })))
    const inOneOrder = async (filter: JobFilter, expected: readonly string[]): Promise<void> => {
      const whole = ids(await pages(t, filter, 100))
      sameIds(whole, expected)
      for (const limit of [1, 7]) assert.deepEqual(ids(await pages(t, filter, limit)), whole)
    }
    await inOneOrder({}, all)
    const jobs = await worker.take({ limit: 40 })
    await inOneOrder({ state: 'running' }, ids(jobs))
    for (const [index, end] of (['succeeded', 'dead', 'cancelled', 'retrying'] as const).entries()) {
      const some = jobs.slice(index * 10, index * 10 + 10)
      await worker.finishAll(some, end, { delayMs: HOUR })
      await inOneOrder({ state: end === 'retrying' ? 'scheduled' : end }, ids(some))
    }
  }),

  on('listJobs', 'cursor of this list', 'a cursor is plain text, and what is none of this list is refused', async (t) => {
    await inEveryState(t, 4)
    const refused = async (filter: JobFilter, after: string): Promise<void> => {
      const list = t.engine.listJobs({ filter, limit: 10, after })
      await assert.rejects(list, (error) => isWorksongError(error, 'WS_INVALID_OPTION') && error.field === 'after')
    }
    const states = [undefined, ...JOB_STATES.filter((state) => state !== 'blocked')]
    const filters = states.flatMap((state): JobFilter[] => (state ? [{ state }, { state, queue: 'a' }] : [{}, { queue: 'a' }]))
    const cursors = await Promise.all(filters.map(async (filter) => (await t.engine.listJobs({ filter, limit: 1 })).next))
    for (const [index, cursor] of cursors.entries()) {
      assert.match(cursor ?? '', /^[\w-]+$/)
      for (const [other, filter] of filters.entries()) if (other !== index) await refused(filter, cursor ?? '')
    }
    const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const garbage = [
      'garbage',
      '[1]',
      '["a","b","c"]',
      'b\u001f0\u001f1',
      'a\0',
      '\ud800',
      json([]),
      json(null),
      json([1, null, null, null]),
    ]
    for (const filter of filters) for (const text of garbage) await refused(filter, text)
  }),
]
