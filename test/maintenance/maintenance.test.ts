/** The loops together: they start, go on after failures, say so once, and stop. And the pruner's rounds. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Maintenance, type MaintenanceOptions } from '#dist/maintenance/index.js'
import { Pruner } from '#dist/maintenance/pruner.js'
import { newWorker, TestWorker } from '#dist/testing/conformance/index.js'
import { blink, refusal } from '../support/faulty-engine.js'
import { TestLogger } from '../worker/parts.js'
import { type Clocked, clockedStore, jobs } from './parts.js'

const DAY = 86_400_000
const WEEK = { succeededMs: 7 * DAY, cancelledMs: 7 * DAY, deadMs: null }

let store: Clocked
let log: TestLogger
let maintenance: Maintenance | undefined

beforeEach(async () => {
  store = await clockedStore()
  log = new TestLogger()
  maintenance = undefined
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
})

afterEach(async () => {
  await maintenance?.close()
  vi.useRealTimers()
})

function start(more: Partial<MaintenanceOptions> = {}): Maintenance {
  const hooks = { onReady: () => {}, onDead: () => {} }
  maintenance = new Maintenance({
    engine: store.faults.engine,
    logger: log,
    sweepMs: 1000,
    maxCrashes: 3,
    retention: WEEK,
    ...hooks,
    ...more,
  })
  maintenance.start()
  return maintenance
}

const calls = (method: string) => store.faults.calls.filter((call) => call.method === method).length

describe('Maintenance', () => {
  it('promotes and sweeps at once, and sweeps as often as it is told', async () => {
    start()
    await vi.advanceTimersByTimeAsync(0)
    expect([calls('promoteDue'), calls('listWorkers'), calls('pruneJobs')]).toEqual([1, 1, 0])
    await vi.advanceTimersByTimeAsync(3000)
    expect(calls('listWorkers')).toBe(4)
    await vi.advanceTimersByTimeAsync(27_000)
    expect(calls('takeChore')).toBe(1)
  })

  it.each([
    ['warn', blink],
    ['error', refusal],
  ])('says once (%s) that the store fails, and goes on', async (level, error) => {
    store.faults.failBefore('listWorkers', 3, error)
    start()
    await vi.advanceTimersByTimeAsync(5000)
    expect(log.codes('maintenance.sweep.failed').map((line) => line.level)).toEqual([level])
    expect(calls('listWorkers')).toBe(6)
    store.faults.failBefore('listWorkers', 1, error)
    await vi.advanceTimersByTimeAsync(1000)
    expect(log.codes('maintenance.sweep.failed').length).toBe(2)
  })

  it('waits for what is under way when it is closed, and does nothing after', async () => {
    const release = store.faults.hold('listWorkers')
    const made = start()
    await vi.advanceTimersByTimeAsync(0)
    let closed = false
    const closing = made.close().then(() => {
      closed = true
    })
    await vi.advanceTimersByTimeAsync(100)
    expect(closed).toBe(false)
    release()
    await closing
    const before = store.faults.calls.length
    await vi.advanceTimersByTimeAsync(120_000)
    expect([store.faults.calls.length, vi.getTimerCount()]).toEqual([before, 0])
  })
})

describe('Pruner', () => {
  async function ended(count: number): Promise<void> {
    const worker = new TestWorker(store.engine, newWorker())
    await store.engine.registerWorker(worker.info)
    for (let at = 0; at < count; at += 500) await store.engine.insertJobs({ jobs: jobs(Math.min(500, count - at)) })
    const held = await worker.take(count)
    await worker.finishAll(held, 'succeeded')
  }

  const left = async () => (await store.engine.listQueues()).reduce((sum, { counts }) => sum + counts.succeeded, 0)

  it('deletes what is past its age, in steps', async () => {
    await ended(1200)
    store.advance(8 * DAY)
    await ended(100)
    const round = new Pruner(store.faults.engine, WEEK).round()
    await vi.advanceTimersByTimeAsync(10_000)
    await round
    expect(await left()).toBe(100)
    const steps = store.faults.callsOf('pruneJobs')
    expect(steps.length).toBeGreaterThan(2)
    expect(new Set(steps.map(({ after }) => after)).size).toBe(steps.length)
  })

  it('leaves it to another process when it is not its turn', async () => {
    await ended(10)
    store.advance(8 * DAY)
    await store.engine.takeChore({ name: 'prune', everyMs: 60_000 })
    await new Pruner(store.faults.engine, WEEK).round()
    expect([await left(), calls('pruneJobs')]).toEqual([10, 0])
    store.advance(60_000)
    await new Pruner(store.faults.engine, WEEK).round()
    expect(await left()).toBe(0)
  })

  it('keeps for ever what is to be kept for ever', async () => {
    await ended(10)
    store.advance(10_000 * DAY)
    await new Pruner(store.faults.engine, { succeededMs: null, cancelledMs: null, deadMs: null }).round()
    expect(await left()).toBe(10)
  })

  it('stops between two steps when it is closed', async () => {
    await ended(1200)
    store.advance(8 * DAY)
    const release = store.faults.hold('pruneJobs')
    const pruner = new Pruner(store.faults.engine, WEEK)
    const round = pruner.round()
    await vi.advanceTimersByTimeAsync(0)
    pruner.close()
    release()
    await vi.advanceTimersByTimeAsync(100)
    await round
    expect(calls('pruneJobs')).toBe(1)
    expect(await left()).toBeGreaterThan(0)
  })
})
