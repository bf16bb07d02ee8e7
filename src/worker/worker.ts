/**
 * A worker: takes jobs out and runs them.
 *
 *   new ──start()──▶ running ──stop()──▶ stopping ──▶ stopped
 *                      └── declared dead ──▶ a new session under a new identity, still running
 */
import { hostname } from 'node:os'
import {
  checkKeys,
  type Duration,
  formatDuration,
  type JobDefinition,
  type Logger,
  laneQueue,
  newToken,
  parseDuration,
  timerMs,
  WorksongError,
} from '../core/index.js'
import type { ClaimEnd, Engine, Hint, Pulse, WorkerInfo, WorkerWish } from '../engine/index.js'
import type { Attempt } from './attempt.js'
import { Heartbeat } from './heartbeat.js'
import { PulseLoop } from './pulse-loop.js'
import { QueuePlan, type QueuesOption } from './queue-plan.js'
import type { Watch } from './recorder.js'
import { Session } from './session.js'
import { warnOfNoWork } from './start-warnings.js'

export interface WorkerSettings {
  readonly engine: Engine
  readonly definitions: ReadonlyMap<string, JobDefinition>
  readonly queues: QueuesOption
  readonly queueCaps: ReadonlyMap<string, number>
  readonly concurrency: number
  readonly name: string
  readonly labels: readonly string[]
  readonly version: string
  readonly leaseMs: number
  readonly maxBlockedMs: number
  readonly maxResultBytes: number
  readonly logger: Logger | undefined
  /** The grace of a stop that names none. */
  readonly graceMs: number
  /** Claim just these jobs, once, and nothing of `queues`. */
  readonly only?: readonly string[] | undefined
  /** Told of what handlers report, in place of the logger. */
  readonly watch?: Watch | undefined
  /** A claim has been answered with so many jobs. */
  onClaimed?(count: number): void
  /** Before the first claim: the app's own start (migrations, maintenance). */
  prepare(): Promise<void>
  within<T>(attempt: Attempt, run: (attempt: Attempt) => T): T
  runInThread(attempt: Attempt): Promise<unknown>
  onEnd(end: ClaimEnd, attempt: Attempt | undefined): void
  /** Every poll's answer, for those who wait for due jobs. */
  onPulse(pulse: Pulse): void
  onStopped(): Promise<void>
}

/** A worker's name when it is given none: not worth a word. */
const DEFAULT_NAME = 'worker'

export interface StopOptions {
  /** How long running jobs may take to finish; then they are interrupted and return to their queue. Default: the worker's, 25 s. */
  grace?: Duration
}

export class Worker {
  readonly #settings: WorkerSettings
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new'
  #session: Session | undefined
  #heartbeat: Heartbeat | undefined
  #pulses: PulseLoop | undefined
  #unlisten: (() => Promise<void>) | undefined
  #starting: Promise<void> | undefined
  #replacing: Promise<void> = Promise.resolve()
  #stopping: Promise<void> | undefined
  /** Ends the grace at once; called again by a second, hurried stop. */
  #hurry: () => void = () => {
    this.#hurried = true
  }
  #hurried = false
  #askToStop: () => void = () => undefined
  readonly #askedToStop = new Promise<void>((resolve) => {
    this.#askToStop = resolve
  })
  readonly #plan: QueuePlan
  #wish: WorkerWish | null = null
  #gone: () => void = () => undefined
  /** Resolves when it has stopped, whoever asked for it: an operator may, from elsewhere. */
  readonly stopped = new Promise<void>((resolve) => {
    this.#gone = resolve
  })

  constructor(settings: WorkerSettings) {
    this.#settings = settings
    this.#plan = new QueuePlan(settings.queues, settings.queueCaps)
  }

  /** The identity under which the store knows this worker now; changes when its lease was lost. */
  get id(): string | undefined {
    return this.#session?.worker
  }

  get state(): 'new' | 'running' | 'stopping' | 'stopped' {
    return this.#state
  }

  /** Jobs running now, and claimed but not yet started. */
  get load(): { running: number; buffered: number } {
    return this.#session?.load ?? { running: 0, buffered: 0 }
  }

  /** Connect, register, and begin to claim. Rejects when the store cannot be used at all. */
  start(): Promise<void> {
    if (this.#state !== 'new' && this.#state !== 'running') {
      return Promise.reject(new WorksongError('WS_CLOSED', 'The worker has been stopped', { fix: 'Make a new one with app.worker().' }))
    }
    this.#state = 'running'
    this.#starting ??= this.#start()
    return this.#starting
  }

  /**
   * Graceful stop: no claim after this call; running jobs get `grace`, then their signal is aborted and they return to their queue without
   * using an attempt. Calling it again with a shorter grace hurries it. Resolves when everything is written.
   */
  stop(options: StopOptions = {}): Promise<void> {
    checkKeys(options, ['grace'], 'stop options')
    const graceMs = parseDuration(options.grace ?? this.#settings.graceMs, 'grace')
    if (this.#stopping) {
      if (graceMs === 0) this.#hurry()
      return this.#stopping
    }
    this.#stopping = this.#stop(graceMs)
    return this.#stopping
  }

  async #start(): Promise<void> {
    try {
      // The store may be away: a stop does not wait for it with the start.
      await Promise.race([this.#settings.prepare(), this.#askedToStop])
      if (this.#state !== 'running') return
      this.#unlisten = await this.#settings.engine.listen((hint) => this.#onHint(hint))
      await this.#openSession()
      if (!this.#settings.only) await warnOfNoWork(this.#settings, this.#plan.names)
    } catch (error) {
      this.#state = 'stopped'
      this.#gone()
      await this.#unlisten?.()
      throw error
    }
  }

  async #openSession(again = false): Promise<void> {
    const { engine, leaseMs, maxBlockedMs, logger } = this.#settings
    const worker = newToken()
    await engine.registerWorker(this.#info(worker))
    // Stopped meanwhile: nobody would ever stop what would begin here.
    if (this.#state !== 'running') return engine.retireWorker({ worker })
    // What an operator wished of the lost one, he wishes of its successor.
    if (this.#wish) await engine.wishWorker({ worker, wish: this.#wish })
    const onLost = () => {
      const replacing = this.#replace(session)
      this.#replacing = this.#replacing.then(() => replacing)
    }
    const heartbeat = new Heartbeat({ engine, worker, leaseMs, maxBlockedMs, logger, onLost })
    // What has blocked the worker that was lost may be the first that is claimed again.
    const guard = { ready: () => (again ? heartbeat.beating() : heartbeat.made()), sure: () => heartbeat.beating() }
    const session = new Session(worker, { ...this.#settings, plan: this.#plan, guard })
    if (this.#wish) session.quiet(true)
    this.#session = session
    this.#heartbeat = heartbeat
    heartbeat.start()
    const onPulse = (pulse: Pulse) => {
      if (!pulse.known) return onLost()
      this.#wished(pulse.wish, session)
      session.onPulse(pulse)
      this.#settings.onPulse(pulse)
    }
    this.#pulses = new PulseLoop({ engine, worker, queues: this.#plan.names, logger, onPulse })
    this.#pulses.start()
    session.wake()
    const { name, concurrency } = this.#settings
    const words = name === DEFAULT_NAME ? 'worker started' : `worker '${name}' started`
    logger?.info({ code: 'worker.started', worker, name, queues: this.#plan.names, concurrency }, words)
  }

  /** An operator wants something else than before. */
  #wished(wish: WorkerWish | null, session: Session): void {
    const before = this.#wish
    if (wish === before || this.#state !== 'running') return
    this.#wish = wish
    const { logger } = this.#settings
    const { worker } = session
    if (wish === 'stop') {
      logger?.info({ code: 'worker.stop.wished', worker }, 'an operator asked this worker to stop')
      this.stop().catch((error: unknown) => logger?.error({ code: 'worker.stop.failed', error }, 'the worker could not stop as it should'))
      return
    }
    session.quiet(wish === 'quiet')
    if (wish === 'quiet') logger?.info({ code: 'worker.quiet', worker, ...session.load }, 'the worker is quiet: it takes no more jobs')
    else logger?.info({ code: 'worker.resumed', worker }, 'the worker takes jobs again')
  }

  /** The lease is lost: let go of everything, and begin again under a new identity. */
  async #replace(session: Session): Promise<void> {
    if (this.#session !== session || this.#state !== 'running') return session.lose()
    this.#session = undefined
    session.lose()
    this.#plan.reset()
    await Promise.all([this.#heartbeat?.close(), this.#pulses?.close()])
    for (let delay = 50; this.#state === 'running' && !this.#session; delay = Math.min(delay * 2, 2000)) {
      try {
        await this.#openSession(true)
      } catch (error) {
        this.#settings.logger?.warn({ code: 'worker.restart.failed', error }, 'the worker could not register again; trying again')
        await new Promise((resolve) => setTimeout(resolve, delay))
      }
    }
  }

  async #stop(graceMs: number): Promise<void> {
    const { logger, engine } = this.#settings
    const wasNew = this.#state === 'new'
    this.#state = 'stopping'
    this.#askToStop()
    await this.#starting?.catch(() => undefined)
    await this.#replacing
    const session = this.#session
    if (session) {
      logger?.info(
        { code: 'worker.stopping', worker: session.worker, ...session.load },
        `worker is stopping, grace ${formatDuration(graceMs)}`,
      )
      await this.#drain(session, graceMs)
      await this.#pulses?.close()
      await engine.retireWorker({ worker: session.worker }).catch((error: unknown) => {
        logger?.warn({ code: 'worker.retire.failed', error }, 'the worker could not sign off; its lease will run out')
      })
      await this.#heartbeat?.close()
      session.close()
      const { returned } = session
      logger?.info({ code: 'worker.stopped', worker: session.worker, returned }, `worker stopped${returnedWords(returned)}`)
    }
    await this.#unlisten?.()
    this.#state = 'stopped'
    this.#gone()
    if (!wasNew) await this.#settings.onStopped()
  }

  async #drain(session: Session, graceMs: number): Promise<void> {
    const drained = session.drain()
    let timer: NodeJS.Timeout | undefined
    const over = new Promise<'over'>((resolve) => {
      this.#hurry = () => resolve('over')
      timer = setTimeout(this.#hurry, this.#hurried ? 0 : timerMs(graceMs))
    })
    const first = await Promise.race([drained, over])
    clearTimeout(timer)
    if (first !== 'over') return
    await session.interrupt()
    // The store may be away: the ends are worth waiting for as long as a lease, after which others run the jobs again.
    const giveUp = setTimeout(() => session.lose(), timerMs(this.#settings.leaseMs))
    await drained
    clearTimeout(giveUp)
  }

  #onHint(hint: Hint): void {
    if (hint.type === 'signal') this.#pulses?.now()
    else if (hint.type === 'up') this.#pulses?.now()
    else if (hint.type === 'wake') this.#onWake(hint.queues)
  }

  /** Of a lane beside a queue's own it is the poll that says whether it concerns this worker. */
  #onWake(lanes: readonly string[]): void {
    const mine = lanes.filter((lane) => this.#plan.names.includes(laneQueue(lane)))
    if (mine.some((lane) => lane.includes('/'))) this.#pulses?.now()
    if (mine.some((lane) => !lane.includes('/'))) this.#session?.wake()
  }

  #info(id: string): WorkerInfo {
    const { name, labels, version, concurrency, leaseMs, definitions } = this.#settings
    const kinds = [...definitions.values()].filter((job) => job.run).map((job) => job.name)
    return { id, name, host: hostname(), pid: process.pid, version, queues: this.#plan.names, kinds, labels, concurrency, leaseMs }
  }
}

function returnedWords(jobs: number): string {
  if (jobs === 0) return ''
  return jobs === 1 ? '; a job was interrupted and went back to its queue' : `; ${jobs} jobs were interrupted and went back to their queues`
}
