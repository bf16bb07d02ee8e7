/** Scheduled jobs are moved at their moment, in batches, sooner when somebody knows of a sooner one. */
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Promoter } from '#dist/maintenance/promoter.js'
import { blink, refusal } from '../support/faulty-engine.js'
import { TestLogger } from '../worker/parts.js'
import { type Clocked, clockedStore, jobs } from './parts.js'

let store: Clocked
let log: TestLogger
let promoted: string[]

beforeEach(async () => {
  store = await clockedStore()
  log = new TestLogger()
  promoted = []
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
})

function newPromoter(): Promoter {
  const promoter = new Promoter(store.faults.engine, log, (lanes) => promoted.push(...lanes))
  onTestFinished(() => promoter.close())
  return promoter
}

/** Both clocks move together. */
async function pass(ms: number): Promise<void> {
  store.advance(ms)
  await vi.advanceTimersByTimeAsync(ms)
}

const looks = () => store.faults.callsOf('promoteDue').length
const queued = async () => (await store.engine.listQueues())[0]?.counts.queued ?? 0

describe('Promoter', () => {
  it('moves a job at its moment, and not before', async () => {
    await store.engine.insertJobs({ jobs: jobs(1, { delayMs: 5000 }) })
    newPromoter().check()
    await pass(4990)
    expect([await queued(), promoted]).toEqual([0, []])
    await pass(20)
    expect([await queued(), promoted, looks()]).toEqual([1, ['q'], 2])
  })

  it('sleeps while nothing is due, and looks every half minute all the same', async () => {
    newPromoter().check()
    await pass(29_000)
    expect(looks()).toBe(1)
    await pass(2000)
    expect(looks()).toBe(2)
  })

  it('wakes sooner when it is told of a sooner moment, and is not put off by a later one', async () => {
    const promoter = newPromoter()
    promoter.check()
    await pass(0)
    promoter.dueIn(20_000)
    promoter.dueIn(1000)
    promoter.dueIn(10_000)
    await pass(999)
    expect(looks()).toBe(1)
    await pass(2)
    expect(looks()).toBe(2)
  })

  it('moves thousands due at once without waiting between', async () => {
    for (let n = 0; n < 5; n++) await store.engine.insertJobs({ jobs: jobs(1000, { delayMs: 1000 }) })
    newPromoter().check()
    await pass(0)
    await pass(1001)
    expect([await queued(), looks()]).toEqual([5000, 4])
  })

  it('looks once more when it is asked while it looks', async () => {
    const release = store.faults.hold('promoteDue')
    const promoter = newPromoter()
    promoter.check()
    promoter.check()
    promoter.check()
    expect(looks()).toBe(1)
    release()
    await pass(0)
    expect(looks()).toBe(2)
  })

  it.each([
    ['blinks', blink, 0],
    ['refuses', refusal, 1],
  ])('goes on when the store %s', async (_what, error, told) => {
    store.faults.failBefore('promoteDue', 1, error)
    await store.engine.insertJobs({ jobs: jobs(1, { runAt: 0 }) })
    newPromoter().check()
    await pass(499)
    expect(looks()).toBe(1)
    await pass(2)
    expect([looks(), log.lines.length]).toEqual([2, told])
  })

  it('does nothing once it is closed', async () => {
    const promoter = newPromoter()
    promoter.check()
    await promoter.close()
    promoter.dueIn(0)
    promoter.check()
    await pass(60_000)
    expect([looks(), vi.getTimerCount()]).toEqual([1, 0])
  })
})
