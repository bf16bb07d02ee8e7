/** A worker is lost when its counter stood still for its whole lease, watched without a gap; then its jobs are given back. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Sweeper } from '#dist/maintenance/sweeper.js'
import type { Held } from '#dist/testing/conformance/index.js'
import { newWorker, TestWorker } from '#dist/testing/conformance/index.js'
import { errorOf } from '../support/stores.js'
import { TestLogger } from '../worker/parts.js'
import { type Clocked, clockedStore, jobs } from './parts.js'

let store: Clocked
let log: TestLogger
let worker: TestWorker
const rescued: string[] = []
const dead: string[] = []

beforeEach(async () => {
  store = await clockedStore()
  log = new TestLogger()
  rescued.length = 0
  dead.length = 0
  worker = new TestWorker(store.engine, newWorker({ leaseMs: 1000 }))
  await store.engine.registerWorker(worker.info)
  vi.useFakeTimers({ toFake: ['performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

const newSweeper = (maxCrashes = 3) =>
  new Sweeper(
    store.faults.engine,
    log,
    { sweepMs: 300, maxCrashes },
    {
      onRescued: (lanes) => void rescued.push(...lanes),
      onDead: (ids) => void dead.push(...ids),
    },
  )

const stateOfWorker = async () => (await store.engine.listWorkers())[0]?.state

async function holding(count: number, maxAttempts = 5): Promise<Held[]> {
  for (let at = 0; at < count; at += 500) await store.engine.insertJobs({ jobs: jobs(Math.min(500, count - at), { maxAttempts }) })
  return worker.take(count)
}

describe('Sweeper', () => {
  it('declares a worker lost after a whole lease of silence, and not before', async () => {
    await holding(3)
    const sweeper = newSweeper()
    await sweeper.sweep()
    vi.advanceTimersByTime(999)
    await sweeper.sweep()
    expect([await stateOfWorker(), rescued]).toEqual(['live', []])
    vi.advanceTimersByTime(1)
    await sweeper.sweep()
    expect([await stateOfWorker(), new Set(rescued)]).toEqual(['lost', new Set(['q'])])
    expect(log.codes('worker.silent')).toMatchObject([{ fields: { worker: worker.id, holding: 3 } }])
    expect(log.codes('jobs.rescued').length).toBeGreaterThan(0)
  })

  it('begins anew with every beat', async () => {
    const sweeper = newSweeper()
    await sweeper.sweep()
    for (let round = 0; round < 5; round++) {
      vi.advanceTimersByTime(900)
      await worker.engine.beat({ worker: worker.id })
      await sweeper.sweep()
    }
    vi.advanceTimersByTime(999)
    await sweeper.sweep()
    expect(await stateOfWorker()).toBe('live')
  })

  it('kills nobody because the store was away: what it had watched is forgotten', async () => {
    const sweeper = newSweeper()
    await sweeper.sweep()
    store.faults.failBefore('listWorkers')
    vi.advanceTimersByTime(600)
    expect(await errorOf(sweeper.sweep())).toMatchObject({ retryable: true })
    vi.advanceTimersByTime(600)
    await sweeper.sweep()
    expect(await stateOfWorker()).toBe('live')
    vi.advanceTimersByTime(1000)
    await sweeper.sweep()
    expect(await stateOfWorker()).toBe('lost')
  })

  it('kills nobody because somebody held the write lock: who could not beat was not silent', async () => {
    const sweeper = newSweeper()
    await sweeper.sweep()
    const release = store.faults.hold('beat')
    const sweeping = sweeper.sweep()
    await expect.poll(() => store.faults.callsOf('beat').length).toBe(2)
    vi.advanceTimersByTime(3000)
    release()
    await sweeping
    expect(await stateOfWorker()).toBe('live')
    vi.advanceTimersByTime(999)
    await sweeper.sweep()
    expect(await stateOfWorker()).toBe('live')
    vi.advanceTimersByTime(1)
    await sweeper.sweep()
    expect(await stateOfWorker()).toBe('lost')
  })

  it('kills nobody because the wall clock was stepped', async () => {
    const sweeper = newSweeper()
    await sweeper.sweep()
    store.advance(86_400_000)
    await sweeper.sweep()
    expect(await stateOfWorker()).toBe('live')
  })

  it('notices a silence that nobody lives to watch to its end, also after the clock was set back', async () => {
    store.advance(-3_600_000)
    for (let at = 0; at < 1500; at += 250) {
      await newSweeper().sweep()
      store.advance(250)
    }
    await newSweeper().sweep()
    expect(await stateOfWorker()).toBe('lost')
  })

  it('notices a silence that nobody lives to watch to its end', async () => {
    for (let at = 0; at < 1500; at += 250) {
      await newSweeper().sweep()
      store.advance(250)
      expect(await stateOfWorker()).toBe('live')
    }
    // Watched since the first look after half a lease.
    await newSweeper().sweep()
    expect(await stateOfWorker()).toBe('lost')
  })

  it('begins anew where nobody watched for a while, and with every beat', async () => {
    for (let round = 0; round < 20; round++) {
      await newSweeper().sweep()
      if (round % 5 === 3) store.advance(600)
      else if (round % 5 === 4) await worker.engine.beat({ worker: worker.id })
      else store.advance(250)
    }
    expect(await stateOfWorker()).toBe('live')
  })

  it('lets a worker live that beat at the last moment', async () => {
    const sweeper = newSweeper()
    await sweeper.sweep()
    vi.advanceTimersByTime(2000)
    const release = store.faults.hold('loseWorkerIfSilent')
    const sweeping = sweeper.sweep()
    await expect.poll(() => store.faults.callsOf('loseWorkerIfSilent').length).toBe(1)
    await worker.engine.beat({ worker: worker.id })
    release()
    await sweeping
    expect([await stateOfWorker(), log.lines]).toEqual(['live', []])
  })

  it('rescues at once what a worker left that went by itself', async () => {
    await holding(2)
    await worker.retire()
    await newSweeper().sweep()
    expect((await store.engine.listWorkers())[0]).toMatchObject({ state: 'stopped', holding: 0 })
  })

  it('rescues more than one batch, and tells of those that are dead', async () => {
    await holding(1200, 1)
    await worker.retire()
    await newSweeper().sweep()
    expect(store.faults.callsOf('rescueJobs').length).toBeGreaterThan(1)
    const counts = (await store.engine.listQueues())[0]?.counts
    expect((counts?.dead ?? 0) + (counts?.queued ?? 0)).toBe(1200)
    expect(dead.length).toBe(counts?.dead)
    expect(counts?.running).toBe(0)
  })

  it('stops with the call under way when it is closed', async () => {
    await holding(1200)
    await worker.retire()
    const release = store.faults.hold('rescueJobs')
    const sweeper = newSweeper()
    const round = sweeper.sweep()
    await expect.poll(() => store.faults.callsOf('rescueJobs').length).toBe(1)
    sweeper.close()
    release()
    await round
    expect(store.faults.callsOf('rescueJobs').length).toBe(1)
    expect((await store.engine.listWorkers())[0]?.holding).toBeGreaterThan(0)
  })

  it('does not look for jobs where nobody is gone', async () => {
    await holding(2)
    await newSweeper().sweep()
    expect(store.faults.callsOf('rescueJobs')).toEqual([])
  })
})
