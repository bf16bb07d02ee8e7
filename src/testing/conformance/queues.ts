/** Queues: counts that agree with the jobs, and pausing. */
import assert from 'node:assert/strict'
import { JOB_STATES, kindLane, suspectLane } from '../../core/index.js'
import type { QueueRecord } from '../../engine/index.js'
import { at, type Bench, ids, only } from './bench.js'
import { type Case, on } from './case.js'
import { agree, dice, walk } from './walk.js'
import { endOf } from './worker.js'

const HOUR = 3_600_000
const ZERO = { scheduled: 0, blocked: 0, queued: 0, running: 0, succeeded: 0, dead: 0, cancelled: 0 }

async function paused(t: Bench): Promise<QueueRecord['paused'] | undefined> {
  return (await t.queue('q'))?.paused
}

export const queueCases: readonly Case[] = [
  on('listQueues', 'none', 'a new store has none', async (t) => {
    assert.deepEqual(await t.engine.listQueues(), [])
  }),

  on('listQueues', 'counts', 'every state is counted, empty ones as zero', async (t) => {
    await t.insert(3)
    await t.insert(2, { queue: 'b', delayMs: HOUR })
    const queues = new Map((await t.engine.listQueues()).map((queue) => [queue.name, queue.counts]))
    assert.deepEqual(
      queues,
      new Map([
        ['q', { ...ZERO, queued: 3 }],
        ['b', { ...ZERO, scheduled: 2 }],
      ]),
    )
    assert.deepEqual(Object.keys(queues.get('q') ?? {}).sort(), [...JOB_STATES].sort())
  }),

  on('listQueues', 'counts follow', 'counts follow every step of a job', async (t) => {
    const counts = async () => Object.entries((await t.queue('q'))?.counts ?? {}).filter(([, count]) => count > 0)
    const job = await t.insertOne({ delayMs: HOUR })
    assert.deepEqual(await counts(), [['scheduled', 1]])
    await t.engine.promoteDue({ limit: 1, aheadMs: 2 * HOUR })
    assert.deepEqual(await counts(), [['queued', 1]])
    const worker = await t.worker()
    const held = only(await worker.take())
    assert.deepEqual(await counts(), [['running', 1]])
    await worker.finishAll([held], 'dead')
    assert.deepEqual(await counts(), [['dead', 1]])
    await t.engine.retryJobs({ ids: [job.id] })
    assert.deepEqual(await counts(), [['queued', 1]])
    await t.engine.cancelJobs({ ids: [job.id], reason: null })
    assert.deepEqual(await counts(), [['cancelled', 1]])
  }),

  ...[1, 2, 3].map((seed) =>
    on('listQueues', 'counts agree after a walk', `after random walk ${seed} the counts are what a recount gives`, async (t) => {
      const roll = dice(seed * 7919)
      await agree(t, await walk(t, roll, 60))
    }),
  ),

  on('listQueues', 'oldest', 'it tells when the oldest job that may run now was enqueued', async (t) => {
    await t.insertOne({ delayMs: HOUR })
    assert.equal((await t.queue('q'))?.oldestAt, null)
    const oldest = await t.insertOne({ priority: 9 })
    await t.tick()
    await t.insertOne()
    assert.equal((await t.queue('q'))?.oldestAt, (await t.job(oldest.id)).createdAt)
    await (await t.worker()).take()
    assert.equal((await t.queue('q'))?.oldestAt, null)
  }),

  on('listQueues', 'paused', 'a paused queue is listed even when it is empty', async (t) => {
    await t.engine.pauseQueue({ queue: 'q', by: null, reason: null })
    assert.deepEqual((await t.queue('q'))?.counts, ZERO)
    assert.ok(await paused(t))
  }),

  on('pauseQueue', 'by and reason', 'who paused it, when and why is kept', async (t) => {
    const before = await t.now()
    await t.engine.pauseQueue({ queue: 'q', by: 'ann', reason: 'deploy "é😀' })
    const record = await paused(t)
    assert.deepEqual([record?.by, record?.reason], ['ann', 'deploy "é😀'])
    assert.ok(record && record.at >= before - 50 && record.at <= (await t.now()) + 50)
  }),

  on('pauseQueue', 'holds all lanes', 'kind lanes and suspects of the queue rest, too', async (t) => {
    await t.insert(3)
    const worker = await t.worker()
    const jobs = await worker.take()
    const lanes = ['q', kindLane('q', 'k'), suspectLane('q')]
    await worker.finish(
      jobs.map((job, index) => endOf(job, 'returned', { lane: at(lanes, index) })),
      { closing: [at(jobs, 0).lease] },
    )
    await t.engine.pauseQueue({ queue: 'q', by: null, reason: null })
    assert.deepEqual(await worker.take({ from: lanes }), [])
    await t.engine.resumeQueue({ queue: 'q' })
    assert.equal((await worker.take({ from: lanes })).length, 3)
  }),

  on('pauseQueue', 'running goes on', 'running jobs end, new ones wait, due ones queue up', async (t) => {
    await t.insert(1)
    const worker = await t.worker()
    const jobs = await worker.take()
    await t.engine.pauseQueue({ queue: 'q', by: null, reason: null })
    assert.deepEqual(await worker.finishAll(jobs, 'succeeded'), { refused: [], cancelled: [] })
    const waiting = [await t.insertOne(), await t.insertOne({ delayMs: HOUR })]
    await t.engine.promoteDue({ limit: 10, aheadMs: 2 * HOUR })
    assert.deepEqual(await t.states(waiting), ['queued', 'queued'])
    assert.deepEqual(await worker.take(), [])
  }),

  on('pauseQueue', 'twice', 'pausing again keeps it paused since then, and takes the last word on who and why', async (t) => {
    await t.engine.pauseQueue({ queue: 'q', by: 'ann', reason: null })
    const first = await paused(t)
    await t.tick()
    await t.engine.pauseQueue({ queue: 'q', by: 'bob', reason: 'also' })
    assert.deepEqual(await paused(t), { at: first?.at, by: 'bob', reason: 'also' })
    await t.engine.resumeQueue({ queue: 'q' })
    assert.ok(!(await paused(t)))
  }),

  on('resumeQueue', 'claims again', 'a resumed queue gives jobs in their order', async (t) => {
    const jobs = await t.insert(3)
    const worker = await t.worker()
    await t.engine.pauseQueue({ queue: 'q', by: null, reason: null })
    assert.deepEqual(await worker.take(), [])
    await t.engine.resumeQueue({ queue: 'q' })
    assert.equal((await t.queue('q'))?.paused, null)
    assert.deepEqual(ids(await worker.take()), ids(jobs))
  }),

  on('resumeQueue', 'never paused', 'resuming a queue that is not paused is no error', async (t) => {
    await t.engine.resumeQueue({ queue: 'q' })
    await t.insertOne()
    assert.equal((await (await t.worker()).take()).length, 1)
  }),
]
