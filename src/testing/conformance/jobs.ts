/** Looking at one job: every state, every field, its history. Lists are in lists.ts. */
import assert from 'node:assert/strict'
import { newId } from '../../core/index.js'
import type { JobRecord } from '../../engine/index.js'
import { type Bench, only } from './bench.js'
import { type Case, on } from './case.js'
import { endOf, type Held, type TestWorker } from './worker.js'

const HOUR = 3_600_000
const JOB = { kind: 'mail', queue: 'q', priority: 2, maxAttempts: 3, payload: '{ "to": 1 }', extras: { tags: ['x'] } }

/** The record without its times, which the caller checks. */
async function looks(t: Bench, id: string, expected: Partial<JobRecord>): Promise<JobRecord> {
  const { createdAt, runAt, endedAt, attempts, ...rest } = await t.job(id)
  const { runAt: _, endedAt: __, attempts: ends, ...given } = expected
  const plain = { id, ...JOB, attempt: 0, worker: null, blockedBy: null, cancelRequested: false, progress: null }
  assert.deepEqual(rest, { ...plain, ...given })
  const record = { createdAt, runAt, endedAt, attempts, ...rest }
  assert.equal(record.endedAt !== null, ['succeeded', 'dead', 'cancelled'].includes(rest.state))
  assert.equal(record.runAt !== null, rest.state === 'scheduled')
  if (ends) assert.deepEqual(attempts, ends)
  return record
}

export async function running(t: Bench): Promise<{ worker: TestWorker; job: Held }> {
  await t.insertOne(JOB)
  const worker = await t.worker()
  return { worker, job: only(await worker.take()) }
}

export const jobCases: readonly Case[] = [
  on('getJob', 'missing', 'an id that no job has is null, well-formed or not', async (t) => {
    for (const id of [newId(), 'nonsense', '', "'", 'x'.repeat(10_000)]) assert.equal(await t.engine.getJob({ id }), null)
  }),

  on('getJob', 'queued', 'a queued job shows every field', async (t) => {
    await looks(t, (await t.insertOne(JOB)).id, { state: 'queued', attempts: [] })
  }),

  on('getJob', 'scheduled', 'a scheduled job shows when it is due', async (t) => {
    const runAt = (await t.now()) + HOUR
    const record = await looks(t, (await t.insertOne({ ...JOB, runAt })).id, { state: 'scheduled', attempts: [] })
    assert.equal(record.runAt, runAt)
  }),

  on('getJob', 'running', 'a running job shows whose it is and the attempt under way', async (t) => {
    const { worker, job } = await running(t)
    await looks(t, job.id, { state: 'running', worker: worker.id, attempt: 1, attempts: [] })
  }),

  ...(['succeeded', 'dead'] as const).map((end) =>
    on('getJob', end, `a job that ended ${end} shows its attempts and when it ended`, async (t) => {
      const { worker, job } = await running(t)
      await worker.finishAll([job], end, { ranMs: 12, body: '{"n":1}' })
      const record = await looks(t, job.id, { state: end, attempt: 1 })
      const { at: time, ...attempt } = only(record.attempts)
      assert.deepEqual(attempt, { claim: 1, end, used: 1, worker: worker.id, ranMs: 12, body: '{"n":1}' })
      assert.equal(time, record.endedAt)
    }),
  ),

  on('getJob', 'cancelled while waiting', 'a job cancelled while it waited has used no attempt', async (t) => {
    const { id } = await t.insertOne(JOB)
    await t.engine.cancelJobs({ ids: [id], reason: null })
    await looks(t, id, { state: 'cancelled', attempt: 0 })
  }),

  on('getJob', 'cancelled while running', 'a job cancelled while it ran shows the attempt that it cost', async (t) => {
    const { worker, job } = await running(t)
    await t.engine.cancelJobs({ ids: [job.id], reason: null })
    await looks(t, job.id, { state: 'running', worker: worker.id, attempt: 1, cancelRequested: true })
    await worker.finishAll([job], 'cancelled')
    const record = await looks(t, job.id, { state: 'cancelled', attempt: 1 })
    assert.equal(only(record.attempts).end, 'cancelled')
  }),

  on('getJob', 'retrying', 'a job that waits for its retry shows what it used', async (t) => {
    const { worker, job } = await running(t)
    await worker.finishAll([job], 'retrying', { delayMs: HOUR, body: '"why"' })
    const record = await looks(t, job.id, { state: 'scheduled', attempt: 1 })
    assert.equal(only(record.attempts).body, '"why"')
  }),

  on('getJob', 'attempts', 'the history has the end of every claim, in order', async (t) => {
    await t.insertOne({ ...JOB, maxAttempts: 5 })
    const worker = await t.worker()
    const kinds = ['retrying', 'snoozed', 'returned', 'retrying', 'succeeded'] as const
    for (const [index, end] of kinds.entries()) {
      const job = only(await worker.take())
      await worker.finish([endOf(job, end, { body: `${index}`, ranMs: end === 'returned' ? null : index })], { closing: [job.lease] })
    }
    const { attempts, attempt } = await t.job(only((await t.engine.listJobs({ filter: {}, limit: 5 })).jobs).id)
    const used = [1, 1, 1, 2, 3]
    const expected = kinds.map((end, index) => {
      return { claim: index + 1, end, used: used[index], worker: worker.id, ranMs: end === 'returned' ? null : index, body: `${index}` }
    })
    assert.deepEqual(
      attempts.map(({ at: _, ...rest }) => rest),
      expected,
    )
    assert.equal(attempt, 3)
    for (const [index, { at: time }] of attempts.entries()) assert.ok(time >= (attempts[index - 1]?.at ?? 0))
  }),

  on('getJob', 'times', "times are of the store's clock, in their order", async (t) => {
    const before = await t.now()
    const { worker, job } = await running(t)
    await worker.finishAll([job], 'succeeded')
    const { createdAt, endedAt } = await t.job(job.id)
    const times = [before - 50, createdAt, endedAt ?? 0, (await t.now()) + 50]
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    )
    for (const time of times) assert.ok(Number.isInteger(time))
  }),
]
