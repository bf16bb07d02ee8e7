/** The store's clock is stepped by an hour, forward and back: what was done under one clock and is judged under another. Without workers. */
import { describe, expect, it } from 'vitest'
import { type Engine, newId } from 'worksong'
import { postgres } from '#dist/engines/postgres/index.js'
import { sqlite } from '#dist/engines/sqlite/index.js'
import { until } from './contract-flows.js'
import { type EngineName, engines } from './stage.js'
import { HOUR, steppedDatabase, type WhenFinished } from './stepped-clock.js'

const KEEP_MS = HOUR / 2
const KEPT = { succeededMs: KEEP_MS, cancelledMs: KEEP_MS, deadMs: KEEP_MS }
const WORKER = { name: 'w', host: 'h', pid: 1, version: '1', queues: ['q'], kinds: [], labels: [], concurrency: 1, leaseMs: 1000 }
/** Longer than a machine takes between two looks, and much less than a step. */
const GAP_MS = 60_000

async function steppedStore(kind: EngineName, onTestFinished: WhenFinished): Promise<{ engine: Engine; step(ms: number): Promise<void> }> {
  let ahead = 0
  const database = kind === 'postgres' ? await steppedDatabase(onTestFinished) : undefined
  const engine = database ? postgres({ url: database.url }) : sqlite({ path: ':memory:', clock: () => Date.now() + ahead })
  onTestFinished(() => engine.close())
  await engine.open()
  await engine.migrate()
  const step = async (ms: number) => {
    ahead = ms
    await database?.step(ms)
  }
  return { engine, step }
}

async function enqueued(engine: Engine): Promise<string> {
  const id = newId()
  await engine.insertJobs({ jobs: [{ id, queue: 'q', kind: 'k', priority: 0, maxAttempts: 1, payload: '{}' }] })
  return id
}

/** A job that ends now. */
async function ended(engine: Engine): Promise<string> {
  const id = await enqueued(engine)
  expect(await engine.cancelJobs({ ids: [id], reason: null })).toEqual(['cancelled'])
  return id
}

/** A whole round of retention, in steps of one job or of many. How many it deleted. */
async function prune(engine: Engine, limit: number): Promise<number> {
  let all = 0
  for (let after: string | undefined; ; ) {
    const { pruned, next } = await engine.pruneJobs({ ...KEPT, limit, ...(after === undefined ? {} : { after }) })
    all += pruned
    if (next === null) return all
    after = next
  }
}

describe.concurrent.each(engines)('%s: the clock of the store is stepped by an hour', (kind) => {
  it.for([1, 100])('and retention deletes nothing that is young by it, in steps of %i', async (limit, { onTestFinished }) => {
    const { engine, step } = await steppedStore(kind, onTestFinished)
    const there = async (id: string) => (await engine.getJob({ id })) !== null
    // So old that a round looks at what is beside it.
    await step(-3 * HOUR)
    const waits = await enqueued(engine)
    await step(0)
    const now = await ended(engine)
    await step(HOUR)
    const ahead = await ended(engine)
    await step(0)
    expect(await prune(engine, limit)).toBe(0)
    await step(-HOUR)
    expect(await prune(engine, limit)).toBe(0)
    const behind = await ended(engine)
    expect(await prune(engine, limit)).toBe(0)
    // One is older than an hour by this clock, another a quarter of one. Behind one that is too young, a round may stop: for as long as it is.
    await step(HOUR + KEEP_MS / 2)
    expect(await prune(engine, limit)).toBeGreaterThan(0)
    expect([await there(now), await there(ahead)]).toEqual([false, true])
    await step(2 * HOUR)
    await prune(engine, limit)
    expect([await there(ahead), await there(behind), await there(waits)]).toEqual([false, false, true])
  })

  it('and what is to be done now and then is soon due again', async ({ onTestFinished }) => {
    const { engine, step } = await steppedStore(kind, onTestFinished)
    const take = () => engine.takeChore({ name: 'prune', everyMs: GAP_MS })
    const taken: boolean[] = []
    for (const ms of [0, HOUR, 0, -HOUR]) {
      await step(ms)
      taken.push(await take(), await take())
    }
    expect(taken).toEqual([true, false, true, false, true, false, true, false])
  })

  it('and a beat that lies ahead tells no silence', async ({ onTestFinished }) => {
    const { engine, step } = await steppedStore(kind, onTestFinished)
    await engine.registerWorker({ ...WORKER, id: newId() })
    await step(-HOUR)
    expect((await engine.listWorkers())[0]?.silentMs).toBeLessThan(0)
  })

  it('and the watch that all share begins anew with each step, and counts on', async ({ onTestFinished }) => {
    const { engine, step } = await steppedStore(kind, onTestFinished)
    const worker = newId()
    await engine.registerWorker({ ...WORKER, id: worker })
    const watched = () => engine.watchWorker({ worker, beat: 0, maxGapMs: GAP_MS })
    for (const ms of [0, HOUR, 0, -HOUR]) {
      await step(ms)
      expect(await watched()).toBeLessThan(GAP_MS)
      await until('it counts', async () => (await watched()) > 0)
    }
  })
})
