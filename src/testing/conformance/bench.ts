/** What a case works with: a fresh store, engines on it, and short words for what nearly every case does. */
import assert from 'node:assert/strict'
import { isWorksongError, type JobState, newId } from '../../core/index.js'
import type { Engine, JobRecord, NewJob, QueueRecord, WorkerInfo } from '../../engine/index.js'
import { newWorker, TestWorker } from './worker.js'

/** One store under test, made by the engine's own side. `discard` is called last: true when the case passed. */
export interface Store {
  /** Another engine on this store, not opened, as another process would have. */
  engine(): Engine
  /** Open a transaction of the caller's own on this store. */
  begin(): Promise<CallerTransaction>
  /** An engine whose store cannot be reached. */
  unreachable(): Engine
  discard(passed: boolean): Promise<void>
}

export interface CallerTransaction {
  readonly tx: object
  commit(): Promise<void>
  rollback(): Promise<void>
}

export interface StoreMaker {
  readonly name: string
  make(): Promise<Store>
}

type Overrides = Partial<NewJob> | ((index: number) => Partial<NewJob>)

export class Bench {
  readonly store: Store
  readonly engine: Engine
  #engines: Engine[]

  constructor(store: Store, engine: Engine) {
    this.store = store
    this.engine = engine
    this.#engines = [engine]
  }

  /** Another engine on the same store, open; only where `capabilities.shared`. Closed after the case. */
  async second(): Promise<Engine> {
    const engine = this.store.engine()
    this.#engines.push(engine)
    await engine.open()
    return engine
  }

  newJob(overrides: Partial<NewJob> = {}): NewJob {
    return { id: newId(), queue: 'q', kind: 'k', priority: 0, maxAttempts: 5, payload: '{}', ...overrides }
  }

  /** Insert that many jobs, in slices that an enqueuer might use. */
  async insert(count: number, overrides: Overrides = {}): Promise<NewJob[]> {
    const jobs = Array.from({ length: count }, (_, index) => this.newJob(typeof overrides === 'function' ? overrides(index) : overrides))
    for (let at = 0; at < count; at += 1000) {
      const results = await this.engine.insertJobs({ jobs: jobs.slice(at, at + 1000) })
      assert.ok(results.every((result) => result === 'inserted'))
    }
    return jobs
  }

  async insertOne(overrides: Partial<NewJob> = {}): Promise<NewJob> {
    return only(await this.insert(1, overrides))
  }

  /** A registered worker, by default on the first engine. */
  async worker(overrides: Partial<WorkerInfo> = {}, engine: Engine = this.engine): Promise<TestWorker> {
    const info = newWorker(overrides)
    await engine.registerWorker(info)
    return new TestWorker(engine, info)
  }

  async job(id: string): Promise<JobRecord> {
    const job = await this.engine.getJob({ id })
    assert.ok(job, `job ${id} is missing`)
    return job
  }

  async states(jobs: readonly { readonly id: string }[]): Promise<(JobState | 'missing')[]> {
    return Promise.all(jobs.map(async ({ id }) => (await this.engine.getJob({ id }))?.state ?? 'missing'))
  }

  async state(job: { readonly id: string }): Promise<JobState | 'missing'> {
    return only(await this.states([job]))
  }

  async queue(name: string): Promise<QueueRecord | undefined> {
    return (await this.engine.listQueues()).find((queue) => queue.name === name)
  }

  /** The store's clock. */
  async now(): Promise<number> {
    return (await this.engine.pulse({ worker: newId(), queues: [] })).now
  }

  /** Wait until the store's clock has moved on, for what compares ages. */
  async tick(ms = 1): Promise<void> {
    const now = await this.now()
    await until(async () => (await this.now()) > now + ms, "the store's clock moves")
  }

  async closeAll(): Promise<void> {
    for (const engine of this.#engines) await engine.close()
  }
}

/** Try again until the condition holds; the last answer is returned. */
export async function until<T>(condition: () => T | Promise<T>, what: string): Promise<T> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const answer = await condition()
    if (answer) return answer
    assert.ok(performance.now() < deadline, `waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
}

/** The ids in slices, as several operators at once would send them. */
export function slices(all: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size))
}

/** Three workers that are ready to take what they can, twenty times each; each gives what it has got. */
export async function greedy(t: Bench): Promise<() => Promise<string[]>[]> {
  const workers = await Promise.all([t.worker(), t.worker(), t.worker()])
  const take = async (worker: (typeof workers)[number]) => {
    const taken: string[] = []
    for (let round = 0; round < 20; round++) taken.push(...ids(await worker.take(17)))
    return taken
  }
  return () => workers.map(take)
}

/** Call again as long as the store says that this may help: two that lock the same rows in opposite orders may be told so. */
export async function untilDone<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call()
    } catch (error) {
      if (!isWorksongError(error) || !error.retryable || tries === 10) throw error
    }
  }
}

/** The one element of a list of one. */
export function only<T>(list: readonly T[]): T {
  assert.equal(list.length, 1)
  return list[0] as T
}

/** The element at an index that must be there. */
export function at<T>(list: readonly T[], index: number): T {
  assert.ok(index < list.length, `nothing at ${index} of ${list.length}`)
  return list[index] as T
}

export function ids(jobs: readonly { readonly id: string }[]): string[] {
  return jobs.map((job) => job.id)
}

/** The same ids, each once, in any order. */
export function sameIds(actual: readonly string[], expected: readonly string[]): void {
  assert.deepEqual([...actual].sort(), [...expected].sort())
}
