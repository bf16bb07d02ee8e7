/**
 * The core flows, each on a queue of its own, through an app whose engine is troubled; what was asked and what ran is noted outside of the
 * store. Flows may share a store and run beside each other.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Worker, Worksong, type WorksongOptions } from 'worksong'
import { defineJob, type EntryOutcome } from '#dist/client/index.js'
import { type JobContext, type JobDefinition, type Logger, newId, newToken, snooze } from '#dist/core/index.js'
import type { Engine } from '#dist/engine/index.js'
import { type Plan, Troubled } from './contract-faults.js'

const PATIENCE_MS = 20_000

export type Asked = 'acked' | 'refused' | 'unknown'

/** One run of a flow: the app, and what it was seen to do. */
export class Run {
  readonly queue = `q-${randomBytes(5).toString('hex')}`
  readonly troubled: Troubled
  readonly app: Worksong
  /** By id: what was said to who enqueued it. */
  readonly asked = new Map<string, Asked>()
  readonly starts = new Map<string, number>()
  /** Starts that each job asks for by itself. */
  readonly wanted = new Map<string, number>()
  /** Codes that the app logged: nobody else touches its jobs, so some of them must not be among these. */
  readonly logged = new Set<string>()
  readonly #jobs: ReadonlyMap<string, JobDefinition>
  readonly #workers: Worker[] = []

  constructor(real: Engine, plan: Plan) {
    this.troubled = new Troubled(real, plan)
    this.#jobs = new Map(this.#makeJobs().map((job) => [job.name, job]))
    this.app = this.newApp(this.troubled.engine)
  }

  newApp(store: Engine, more: Partial<WorksongOptions> = {}): Worksong {
    const lease = { duration: 10_000, sweep: 150 }
    return new Worksong({ store, jobs: [...this.#jobs.values()], logger: this.#logger(), lease, patience: '5s', ...more })
  }

  /** Never throws: what is refused is noted. */
  async enqueue(name: string, wanted = 1, options: Record<string, unknown> = {}): Promise<string> {
    const id = newId()
    this.wanted.set(id, wanted)
    try {
      await this.app.enqueue(this.job(name), {}, { id, queue: this.queue, ...options })
      this.asked.set(id, 'acked')
    } catch (error) {
      this.asked.set(id, (error as { unknownOutcome?: boolean }).unknownOutcome ? 'unknown' : 'refused')
    }
    return id
  }

  async enqueueMany(name: string, count: number): Promise<void> {
    const ids = Array.from({ length: count }, () => newId())
    for (const id of ids) this.wanted.set(id, 1)
    const onOutcome = (outcome: EntryOutcome) => {
      const id = ids[outcome.index] as string
      const unknown = outcome.status === 'rejected' && (outcome.error as { unknownOutcome?: boolean }).unknownOutcome
      this.asked.set(id, outcome.status !== 'rejected' ? 'acked' : unknown ? 'unknown' : 'refused')
    }
    const options = { queue: this.queue, id: (_input: unknown, index: number) => ids[index] as string, onOutcome }
    // Entries that nobody was told of: it ended before them, or in the middle of them.
    const error = await this.app.enqueueMany(this.job(name), Array(count).fill({}), options).catch((thrown: unknown) => thrown)
    for (const id of ids) if (!this.asked.has(id)) this.asked.set(id, error instanceof Error ? 'unknown' : 'acked')
  }

  /** A worker of the app; undefined when it could not start. */
  async work(concurrency = 5): Promise<Worker | undefined> {
    const worker = this.app.worker({ queues: [this.queue], concurrency })
    this.#workers.push(worker)
    return worker.start().then(
      () => worker,
      () => undefined,
    )
  }

  job(name: string): JobDefinition {
    return this.#jobs.get(name) as JobDefinition
  }

  /** All jobs of the queue have ended, or no worker is there to end them. */
  async ended(real: Engine): Promise<void> {
    await until(`the jobs of ${this.queue} have ended`, async () => (await this.live(real)) === 0)
  }

  /** Jobs of this run that have not ended. */
  async live(real: Engine): Promise<number> {
    const ids = [...this.asked.keys()]
    const settled = new Set((await real.settledJobs({ ids })).map(({ id }) => id))
    let count = 0
    // Of one whose enqueue failed nobody knows whether it is there.
    for (const id of ids) if (!settled.has(id) && (this.asked.get(id) === 'acked' || (await real.getJob({ id })))) count++
    return count
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop({ grace: 0 })))
    await this.app.close()
  }

  #logger(): Logger {
    const note = (fields: { code?: string }) => void this.logged.add(fields.code ?? '')
    return { debug: note, info: note, warn: note, error: note } as unknown as Logger
  }

  #makeJobs(): JobDefinition[] {
    const make = (name: string, run: (ctx: JobContext, nth: number) => unknown, more: object = {}): JobDefinition => {
      const noted = (_input: unknown, ctx: JobContext) => {
        const nth = (this.starts.get(ctx.job.id) ?? 0) + 1
        this.starts.set(ctx.job.id, nth)
        return run(ctx, nth)
      }
      return defineJob({ name, retry: { attempts: 5, backoff: QUICK }, run: noted, ...more } as never) as JobDefinition
    }
    return [
      make('quick', () => 'done'),
      make('fails-once', (_ctx, nth) => fail(nth === 1)),
      make('snoozes-once', (_ctx, nth) => (nth === 1 ? snooze('10ms') : 'done')),
      make('dies', () => fail(true), { retry: false }),
      make('waits', waitForAbort),
      make('talks', talk),
    ]
  }
}

const QUICK = { type: 'fixed', first: 10, factor: 1, max: 10, jitter: 0 }

function fail(really: boolean): string {
  if (really) throw new Error('it fails')
  return 'done'
}

async function waitForAbort({ signal }: JobContext): Promise<never> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  throw signal.reason
}

async function talk(ctx: JobContext): Promise<void> {
  ctx.log.info('a line')
  await ctx.progress(1, 2)
}

export type Flow = (run: Run, real: Engine) => Promise<void>

/** Each ends when all its jobs have ended, or leaves that to whoever comes after. */
export const FLOWS: Readonly<Record<string, Flow>> = {
  async enqueue(run) {
    await run.enqueue('quick')
    await Promise.all([run.enqueue('quick'), run.enqueue('quick'), run.enqueue('quick', 1, { delay: '10ms' })])
  },
  async 'enqueue many'(run) {
    await run.enqueueMany('quick', 70)
  },
  async 'claim, run, finish'(run, real) {
    if (!(await run.work())) return
    for (let n = 0; n < 3; n++) await Promise.all([run.enqueue('quick'), run.enqueue('quick', 1, { retry: false })])
    await run.ended(real)
  },
  async retry(run, real) {
    await Promise.all([run.enqueue('fails-once', 2), run.enqueue('fails-once', 2), run.enqueue('dies')])
    if (await run.work()) await run.ended(real)
  },
  async snooze(run, real) {
    await Promise.all([run.enqueue('snoozes-once', 2), run.enqueue('snoozes-once', 2)])
    if (await run.work()) await run.ended(real)
  },
  async 'cancel running'(run, real) {
    const ids = [await run.enqueue('waits'), await run.enqueue('waits')].filter((id) => run.asked.get(id) === 'acked')
    if (await run.work()) await until('they run', () => ids.every((id) => run.starts.has(id)))
    else run.wanted.clear()
    for (const id of ids) await persist(() => run.app.jobs.cancel(id))
    // Those whose enqueue failed may be there all the same.
    await cancelAll(run, real)
    await run.ended(real)
  },
  async 'worker stop'(run, real) {
    const worker = await run.work(2)
    await Promise.all([1, 2, 3, 4].map(() => run.enqueue('waits')))
    if (worker) await until('two run', () => run.starts.size >= 2)
    await worker?.stop({ grace: 0 })
    run.wanted.clear()
    await cancelAll(run, real)
  },
  async 'rescue of a dead worker'(run, real) {
    await Promise.all([1, 2, 3].map(() => run.enqueue('quick')))
    const worker = newToken()
    const info = { name: 'dead', host: 'here', pid: 1, version: '0', queues: [run.queue], kinds: [], labels: [], concurrency: 5 }
    await real.registerWorker({ id: worker, ...info, leaseMs: 300 })
    await real.claim({ worker, lease: newToken(), lanes: [{ lane: run.queue, limit: 2 }], limit: 2, starting: 0 })
    if (await run.work()) await run.ended(real)
  },
  async 'progress and log'(run, real) {
    await Promise.all([run.enqueue('talks'), run.enqueue('talks')])
    if (await run.work()) await run.ended(real)
  },
  async 'scheduled promote'(run, real) {
    if (!(await run.work())) return
    await Promise.all([run.enqueue('quick', 1, { delay: '20ms' }), run.enqueue('quick', 1, { delay: '60ms' })])
    await run.ended(real)
  },
}

/** Handlers that wait would hold up whoever drains the queue. */
async function cancelAll(run: Run, real: Engine): Promise<void> {
  await real.cancelJobs({ ids: [...run.asked.keys()], reason: null })
}

/** As a person would: again, until it is answered. */
async function persist(call: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return void (await call())
    } catch (error) {
      if (tries === 20) throw error
    }
  }
}

export async function until(what: string, condition: () => unknown): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`)
    await pause(10)
  }
}
