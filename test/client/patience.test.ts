/** Patience is each caller's own, counted from his call; and a lost answer is told for what is known of it. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { newId, typed, WorksongError } from '#dist/core/index.js'
import { sqliteMemory } from '../support/engines.js'
import { blink, lost, refusal } from '../support/faulty-engine.js'
import { slowClock } from '../support/slow-clock.js'
import { errorOf, jobsIn, makers } from '../support/stores.js'
import { newClient } from './parts.js'

const job = defineJob({ name: 'n', input: typed<unknown>() })

describe('a store that stays away', () => {
  it('fails all who have waited long enough together, in however many groups they stand', async () => {
    const { enqueuer, faults } = await newClient(sqliteMemory, { patienceMs: 200 })
    faults.failBefore('insertJobs', Number.POSITIVE_INFINITY)
    const calls = [errorOf(enqueuer.enqueue(job, 0))]
    await expect.poll(() => faults.callsOf('insertJobs').length, { interval: 1 }).toBeGreaterThan(0)
    for (let n = 1; n <= 20_000; n++) calls.push(errorOf(enqueuer.enqueue(job, n)))
    expect(new Set((await Promise.all(calls)).map((error) => (error as WorksongError).code))).toEqual(new Set(['WS_STORE_UNREACHABLE']))
    // Those at the end have waited as long as those at the head: they are not tried for as long again.
    const tried = new Set(faults.callsOf('insertJobs').flatMap(({ jobs }) => jobs.map(({ payload }) => payload)))
    expect(tried.size).toBeLessThan(10_000)
  })

  it('fails nobody before his own patience is over: the next try serves him', async () => {
    const { enqueuer, engine, faults } = await newClient(sqliteMemory, { patienceMs: 25_000 })
    const pass = slowClock()
    let second: Promise<unknown> | undefined
    faults.failBefore('insertJobs', 3, () => {
      pass(10_000)
      second ??= enqueuer.enqueue(job, 'second')
      return blink()
    })
    const error = await errorOf(enqueuer.enqueue(job, 'first'))
    expect(error).toMatchObject({ code: 'WS_STORE_UNREACHABLE', retryable: true, unknownOutcome: false })
    expect(await second).toMatchObject({ status: 'enqueued' })
    expect(faults.callsOf('insertJobs').map(({ jobs }) => jobs.length)).toEqual([1, 2, 2, 1])
    expect(await jobsIn(engine)).toBe(1)
  })

  it('that was locked for long is not asked half by half', async () => {
    const { enqueuer, faults } = await newClient(sqliteMemory, { patienceMs: 20 })
    const pass = slowClock()
    faults.failBefore('insertJobs', Number.POSITIVE_INFINITY, () => {
      pass(10_000)
      return new WorksongError('WS_STORE_BUSY', 'locked', { retryable: true })
    })
    const errors = await Promise.all(Array.from({ length: 64 }, (_, n) => errorOf(enqueuer.enqueue(job, n))))
    expect(errors).toMatchObject(Array(64).fill({ code: 'WS_STORE_BUSY' }))
    expect(faults.callsOf('insertJobs').length).toBe(1)
  })

  it('tells whose job may be stored all the same, and only his', async () => {
    const { enqueuer, faults } = await newClient(sqliteMemory, { patienceMs: 100 })
    faults.failAfter('insertJobs', 1, lost)
    faults.failBefore('insertJobs', Number.POSITIVE_INFINITY, blink)
    const first = errorOf(enqueuer.enqueue(job, 1))
    await expect.poll(() => faults.callsOf('insertJobs').length, { interval: 1 }).toBeGreaterThan(0)
    const second = errorOf(enqueuer.enqueue(job, 2))
    expect([await first, await second]).toMatchObject([{ unknownOutcome: true }, { unknownOutcome: false }])
    expect(await errorOf(enqueuer.enqueueMany(job, [1, 2]))).toMatchObject({ unknownOutcome: false })
  })

  it('after a lost answer refuses for good: the job may be stored all the same', async () => {
    const { enqueuer, faults } = await newClient(sqliteMemory)
    faults.failAfter('insertJobs', 1, lost)
    faults.failBefore('insertJobs', 1, refusal)
    expect(await errorOf(enqueuer.enqueue(job, 1))).toMatchObject({ code: 'WS_STORE_FAILED', unknownOutcome: true })
    faults.failAfter('insertJobs', 1, lost)
    faults.failBefore('insertJobs', 1, refusal)
    expect(await errorOf(enqueuer.enqueueMany(job, [1]))).toMatchObject({ code: 'WS_STORE_FAILED', unknownOutcome: true })
  })
})

describe.each(makers)('$name', (maker) => {
  it('a duplicate stays a duplicate though an answer was lost, where the job there is another one', async () => {
    const { enqueuer, engine, faults } = await newClient(maker)
    const id = newId()
    await enqueuer.enqueue(job, { v: 1 }, { id })
    faults.failBefore('insertJobs', 1, lost)
    expect(await enqueuer.enqueue(job, { v: 2 }, { id })).toEqual({ id, status: 'duplicate' })
    faults.failBefore('insertJobs', 1, lost)
    expect(await enqueuer.enqueue(defineJob({ name: 'other', input: typed() }), { v: 1 }, { id })).toEqual({ id, status: 'duplicate' })
    faults.failBefore('insertJobs', 1, lost)
    const counts = await enqueuer.enqueueMany(job, [{ v: 3 }, { v: 4 }], { id: (_input, index) => (index === 0 ? id : newId()) })
    expect(counts).toEqual({ enqueued: 1, duplicates: 1, rejected: 0 })
    expect(await jobsIn(engine)).toBe(2)
  })

  it('what a lost try stored is told as enqueued, once, with an id of the caller or without', async () => {
    const { enqueuer, engine, faults } = await newClient(maker)
    const id = newId()
    faults.failAfter('insertJobs', 1, lost)
    const answers = await Promise.all([enqueuer.enqueue(job, 1, { id }), enqueuer.enqueue(job, 1, { id }), enqueuer.enqueue(job, 1)])
    expect(answers.map(({ status }) => status)).toEqual(['enqueued', 'duplicate', 'enqueued'])
    const twice = newId()
    faults.failAfter('insertJobs', 1, lost)
    expect(await enqueuer.enqueueMany(job, [1, 1], { id: () => twice })).toEqual({ enqueued: 1, duplicates: 1, rejected: 0 })
    expect(await jobsIn(engine)).toBe(3)
  })

  it('large inputs go in several statements, whatever their number', async () => {
    const { enqueuer, engine, faults } = await newClient(maker)
    const large = 'x'.repeat(1_000_000)
    await Promise.all(Array.from({ length: 12 }, () => enqueuer.enqueue(job, large)))
    expect(await enqueuer.enqueueMany(job, Array(12).fill(large))).toEqual({ enqueued: 12, duplicates: 0, rejected: 0 })
    const sizes = faults.callsOf('insertJobs').map(({ jobs }) => jobs.length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5)
    expect(await jobsIn(engine)).toBe(24)
  })
})
