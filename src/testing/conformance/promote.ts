/** Promoting: scheduled jobs come to where they may run. Time is moved by `aheadMs`. */
import assert from 'node:assert/strict'
import { type Bench, ids, only, sameIds, until } from './bench.js'
import { type Case, on, shared } from './case.js'

const HOUR = 3_600_000
const HALF = HOUR / 2

/** Promote what is due within this many hours and a half. */
function promote(t: Bench, hours: number, limit = 1000) {
  return t.engine.promoteDue({ limit, aheadMs: hours * HOUR + HALF })
}

export const promoteCases: readonly Case[] = [
  on('promoteDue', 'nothing', 'with nothing scheduled there is nothing to do', async (t) => {
    await t.insertOne()
    assert.deepEqual(await t.engine.promoteDue({ limit: 10 }), { promoted: 0, lanes: [], nextDueMs: null })
  }),

  on('promoteDue', 'ahead', 'jobs that will be due within that time may run now', async (t) => {
    const jobs = await t.insert(4, (index) => ({ delayMs: (index + 1) * HOUR }))
    assert.equal((await promote(t, 2)).promoted, 2)
    assert.deepEqual(await t.states(jobs), ['queued', 'queued', 'scheduled', 'scheduled'])
    sameIds(ids(await (await t.worker()).take()), ids(jobs.slice(0, 2)))
    assert.equal((await promote(t, 2)).promoted, 0)
    assert.equal((await promote(t, 4)).promoted, 2)
  }),

  on('promoteDue', 'ahead', 'a promoted job has no moment any more', async (t) => {
    const job = await t.insertOne({ runAt: (await t.now()) + HOUR })
    await promote(t, 1)
    assert.equal((await t.job(job.id)).runAt, null)
  }),

  on('promoteDue', 'not yet due', 'without looking ahead only what is due is moved', async (t) => {
    const job = await t.insertOne({ delayMs: HOUR })
    assert.equal((await t.engine.promoteDue({ limit: 10 })).promoted, 0)
    assert.equal(await t.state(job), 'scheduled')
  }),

  on('promoteDue', 'due by itself', 'a moment that has come needs no looking ahead', async (t) => {
    const job = await t.insertOne({ delayMs: 5 })
    await until(async () => {
      await t.engine.promoteDue({ limit: 10 })
      return (await t.state(job)) === 'queued'
    }, 'the job is due')
    assert.equal(only(await (await t.worker()).take()).id, job.id)
  }),

  on('promoteDue', 'limit', 'no more than the limit are moved at a time, the earliest first', async (t) => {
    const jobs = await t.insert(10, (index) => ({ delayMs: (10 - index) * HOUR }))
    assert.equal((await promote(t, 100, 3)).promoted, 3)
    sameIds(ids(await (await t.worker()).take()), ids(jobs.slice(7)))
    assert.equal((await promote(t, 100, 3)).promoted, 3)
    assert.equal((await promote(t, 100, 30)).promoted, 4)
  }),

  on('promoteDue', 'lanes', 'the lanes that got something are named, each once', async (t) => {
    await t.insert(6, (index) => ({ delayMs: HOUR, queue: ['a', 'b', 'c'][index % 3] ?? 'a' }))
    await t.insertOne({ delayMs: 5 * HOUR, queue: 'd' })
    sameIds((await promote(t, 1)).lanes, ['a', 'b', 'c'])
  }),

  on('promoteDue', 'next due', 'it tells how long until the next is due', async (t) => {
    await t.insert(2, (index) => ({ delayMs: (index * 2 + 1) * HOUR }))
    const before = await t.engine.promoteDue({ limit: 10 })
    assert.ok(before.nextDueMs !== null && before.nextDueMs > HALF && before.nextDueMs <= HOUR)
    const { nextDueMs } = await promote(t, 1)
    assert.ok(nextDueMs !== null && nextDueMs > 2 * HOUR && nextDueMs <= 3 * HOUR)
    assert.equal((await promote(t, 3)).nextDueMs, null)
  }),

  on('promoteDue', 'order of due', 'priority decides among promoted jobs as among all', async (t) => {
    const jobs = await t.insert(6, (index) => ({ delayMs: (6 - index) * HOUR, priority: index % 2 ? -1 : 1 }))
    await promote(t, 10)
    const order = [1, 3, 5, 0, 2, 4].map((index) => jobs[index]?.id)
    assert.deepEqual(ids(await (await t.worker()).take()), order)
  }),

  on('promoteDue', 'retried jobs', 'jobs that wait for their retry come, too, with what they used', async (t) => {
    await t.insert(3)
    const worker = await t.worker()
    const jobs = await worker.take()
    await worker.finishAll(jobs, 'retrying', { delayMs: HOUR })
    assert.equal((await promote(t, 1)).promoted, 3)
    const again = await worker.take()
    assert.deepEqual(
      again.map((job) => [job.used, job.claim]),
      [
        [1, 2],
        [1, 2],
        [1, 2],
      ],
    )
  }),

  on(
    'promoteDue',
    'two at once',
    'two processes that promote at once move each job once',
    async (t) => {
      const other = await t.second()
      const jobs = await t.insert(500, { delayMs: HOUR })
      const moved = await Promise.all([t.engine, other, t.engine].map((engine) => engine.promoteDue({ limit: 300, aheadMs: 2 * HOUR })))
      const rest = await promote(t, 2)
      assert.equal(
        moved.reduce((sum, step) => sum + step.promoted, rest.promoted),
        500,
      )
      sameIds(ids(await (await t.worker()).take(1000)), ids(jobs))
    },
    shared,
  ),
]
