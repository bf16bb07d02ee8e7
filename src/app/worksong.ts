/**
 * The app: wires the rooms, opens the store when it is first needed, starts and stops what runs.
 *
 *   new ──enqueue()──▶ open (store connected) ──start()──▶ started (maintenance runs) ──close()──▶ closed
 */
import { type Enqueued, type EnqueuedMany, type EnqueueManyOptions, type EnqueueOptions, prepare, prepareMany } from '../client/index.js'
import {
  checkKeys,
  checkName,
  DUE_HINT,
  type Duration,
  isPromise,
  isTerminal,
  type JobDefinition,
  type Logger,
  laneQueue,
  parseDuration,
  WorksongError,
  wholeNumber,
} from '../core/index.js'
import type { ClaimEnd, Engine, Hint } from '../engine/index.js'
import { Maintenance } from '../maintenance/index.js'
import { type DoctorResult, doctor, type Hooks, type Operation, parseInput, resultOfRun, runJob } from '../operations/index.js'
import { type Attempt, type QueuesOption, Worker } from '../worker/index.js'
import { DeadApi, QueuesApi, type Run, WorkersApi, withoutUndefined } from './apis.js'
import { within } from './context.js'
import { type Core, enqueuerOptions, openRaw } from './core.js'
import { diedElsewhere, diedHere } from './dead-hooks.js'
import { failedHere } from './job-failures.js'
import { JobsApi } from './jobs-api.js'
import { checkAppOptions, checkFlag, checkList, type Settings, type WorksongOptions } from './options.js'
import { checkStore, isShared, type StoreOption } from './store.js'
import { StoreDoor } from './store-door.js'
import { type ToolParts, toolsOf } from './tools.js'
import { VERSION } from './version.js'

export interface WorkerOptions {
  /** Names in strict order, or weights: `{ high: 6, default: 3, low: 1 }`. Default: 'default' and every queue that the app's jobs name. */
  queues?: QueuesOption | undefined
  /** The most jobs that run at once. Default 20. */
  concurrency?: number | undefined
  /** For people; 'worker' when absent. */
  name?: string | undefined
  labels?: readonly string[] | undefined
  /** How long running jobs may take to finish when it is stopped, by an operator too. Default 25 s. */
  grace?: Duration | undefined
}

type RunArguments<In> = 0 extends 1 & In ? [input?: unknown] : undefined extends In ? [input?: In] : [In] extends [void] ? [] : [input: In]
type InputArgument<In> = undefined extends In ? [input?: In, options?: EnqueueOptions] : [input: In, options?: EnqueueOptions]
/** Of a definition whose types are not known here (`any`), any input may be given. */
type EnqueueArguments<In> = 0 extends 1 & In
  ? [input?: unknown, options?: EnqueueOptions]
  : [In] extends [void]
    ? [input?: undefined, options?: EnqueueOptions]
    : InputArgument<In>

/** One application's jobs and their store. */
export class Worksong {
  readonly jobs: JobsApi
  readonly queues: QueuesApi
  readonly workers: WorkersApi
  readonly dead: DeadApi
  #settings: Settings
  readonly #running = new Set<Worker>()
  readonly #door = new StoreDoor(() => this.#settings)
  #maintenance: Maintenance | undefined
  #starting: Promise<void> | undefined
  #unlisten: (() => Promise<void>) | undefined
  #closed: Promise<void> | undefined

  /** Checks the options; connects to nothing yet. @throws WorksongError naming the option that is wrong */
  constructor(options: WorksongOptions) {
    this.#settings = checkAppOptions(options)
    const core = () => this.#door.open()
    const operate: Run = (operation, input) => this.operate(operation, input)
    this.jobs = new JobsApi(operate, core)
    this.queues = new QueuesApi(operate)
    this.workers = new WorkersApi(operate)
    this.dead = new DeadApi(operate)
  }

  get logger(): Logger | undefined {
    return this.#settings.logger
  }

  /** The jobs of this app by name. */
  get definitions(): ReadonlyMap<string, JobDefinition> {
    return this.#settings.jobs
  }

  /** Where the store is, without secrets; undefined until it has been opened. */
  get place(): string | undefined {
    return this.#door.core?.engine.place
  }

  /** Whether other processes can use the store, too: not if it is in this one's memory. */
  get shared(): boolean {
    return isShared(this.#settings.store)
  }

  /**
   * Other settings than the options name, before anything has been opened: for the command line. Jobs that refer to this app follow.
   * @throws WorksongError `WS_INVALID_OPTION`
   */
  configure(changes: Pick<WorksongOptions, 'migrate'> & { store?: StoreOption }): void {
    checkKeys(changes, ['store', 'migrate'], 'configure')
    if (this.#door.inUse || this.#closed) {
      const fix = 'Do not start the app in the file that defines it.'
      throw new WorksongError('WS_INVALID_OPTION', 'The app has opened its store already', { fix, field: 'store' })
    }
    const { store = this.#settings.store, migrate = this.#settings.migrate } = changes
    this.#settings = { ...this.#settings, store: checkStore(store), migrate: checkFlag(migrate, 'migrate') }
  }

  /** Open the store, migrate, and run maintenance (due jobs, lost workers, retention). Safe to call twice. `worker.start()` does it too. */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  /**
   * Store one job; resolves once it is durable. Without `start()` the store is opened first.
   * @throws WorksongError `WS_INVALID_INPUT`, `WS_INVALID_OPTION`, `WS_UNSTORABLE`, `WS_TOO_LARGE`, `WS_STORE_…`
   */
  enqueue<In, Parsed, Result>(
    job: JobDefinition<In, Parsed, Result>,
    ...[input, options]: EnqueueArguments<NoInfer<In>>
  ): Promise<Enqueued<Result>> {
    const core = this.#door.core
    return core ? core.enqueuer.enqueue<Result>(job, input, options) : this.#enqueueFirst<Result>(job, input, options)
  }

  /** Store any number of jobs of one kind, at flat memory. One bad entry loses none of the others; `onOutcome` tells of each. */
  async enqueueMany<In>(
    job: JobDefinition<In>,
    inputs: Iterable<NoInfer<In>> | AsyncIterable<NoInfer<In>>,
    options?: EnqueueManyOptions<NoInfer<In>>,
  ): Promise<EnqueuedMany> {
    const walk = prepareMany<In>(job, inputs, options, enqueuerOptions(this.#settings))
    const core = this.#door.core ?? (await this.#door.openPatiently())
    return core.enqueuer.putMany(walk)
  }

  /** A worker for this app's jobs. Nothing runs until its `start()`. */
  worker(options: WorkerOptions = {}): Worker {
    checkKeys(options, ['queues', 'concurrency', 'name', 'labels', 'grace'], 'worker options')
    const { leaseMs, maxBlockedMs, maxPayloadBytes, jobs, queueCaps, logger } = this.#settings
    const { queues = [...new Set(['default', ...[...jobs.values()].map((job) => job.queue)])], name = 'worker', labels = [] } = options
    if (typeof queues !== 'object' || queues === null)
      throw new WorksongError('WS_INVALID_OPTION', 'queues is neither a list nor weights', { field: 'queues' })
    // Of a worker that never starts, the store may never be opened; then nothing asks for its engine but to let go of it.
    const engine = () => this.#door.core?.engine as Engine
    const worker: Worker = new Worker({
      get engine() {
        return engine()
      },
      definitions: jobs,
      queues,
      queueCaps,
      concurrency: wholeNumber(options.concurrency, 'concurrency', 20, 1, 10_000),
      name: checkName(name, 'worker name'),
      labels: Array.from(checkList(labels, 'labels'), (label) => checkName(label, 'label')),
      version: VERSION,
      leaseMs,
      maxBlockedMs,
      maxResultBytes: maxPayloadBytes,
      logger,
      graceMs: parseDuration(options.grace ?? '25s', 'grace'),
      prepare: () => this.start(),
      within,
      runInThread: (attempt) => (this.#door.core as Core).threads.run(attempt),
      onEnd: (end, attempt) => this.#onEnd(end, attempt),
      onPulse: (pulse) => {
        if (pulse.nextDueMs !== null) this.#maintenance?.promoter.dueIn(pulse.nextDueMs)
      },
      onStopped: async () => void this.#running.delete(worker),
    })
    this.#running.add(worker)
    return worker
  }

  /**
   * Run a job's handler here and now, once, as a worker would (checks, middleware, timeout), without storing the job. Gives its result.
   * @throws what the handler threw; WorksongError `WS_INVALID_INPUT`; `WS_JOB_NOT_DONE`, `WS_JOB_CANCELLED`, `WS_JOB_DEAD` for an outcome
   * that is no result
   */
  async run<In, Parsed, Result>(job: JobDefinition<In, Parsed, Result>, ...[input]: RunArguments<NoInfer<In>>): Promise<Result> {
    const tools = toolsOf(this.#parts(undefined), {})
    return resultOfRun(await runJob(tools, job, input)) as Result
  }

  /** Look whether the store can be worked with, and whether what the app says makes sense. Never throws for what it finds. */
  doctor(): Promise<DoctorResult> {
    return this.operate(doctor, {})
  }

  /** Run one of the operators' verbs by its definition: for the command line and other faces. `hooks`: who watches, and may end it. */
  async operate<In, Out>(operation: Operation<In, Out>, input: Record<string, unknown>, hooks: Hooks = {}): Promise<Out> {
    const parsed = parseInput<In>(operation.fields, withoutUndefined(input))
    operation.check?.(parsed)
    if (operation.store === 'raw' && !this.#door.core) return this.mend(operation, parsed)
    const engine = operation.store === 'none' || operation.store === 'lazy' ? this.#door.core?.engine : (await this.#door.open()).engine
    return operation.run(toolsOf(this.#parts(engine), hooks), parsed)
  }

  /** Run a verb on a store whose schema may be missing or old. */
  async mend<In, Out>(operation: Operation<In, Out>, input: In): Promise<Out> {
    const engine = await openRaw(this.#settings)
    try {
      return await operation.run(toolsOf(this.#parts(engine), {}), input)
    } finally {
      await engine.close()
    }
  }

  /** Stop the workers gracefully, wait for enqueues under way, let go of the store. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  /** Before the store is open: what is enqueued is checked and taken at the call, and stored once it is. */
  async #enqueueFirst<Result>(job: JobDefinition, input: unknown, options: EnqueueOptions | undefined): Promise<Enqueued<Result>> {
    const made = prepare(job, input, options, enqueuerOptions(this.#settings))
    const prepared = isPromise(made) ? await made : made
    const { enqueuer } = await this.#door.openPatiently()
    return enqueuer.put<Result>(prepared)
  }

  async #start(): Promise<void> {
    try {
      const { engine } = await this.#door.openPatiently()
      const { logger, sweepMs, maxCrashes, retention } = this.#settings
      this.#maintenance = new Maintenance({
        engine,
        logger,
        sweepMs,
        maxCrashes,
        retention,
        onReady: (lanes) => engine.announce([...new Set(lanes.map(laneQueue))]),
        onDead: (ids) => {
          diedElsewhere(this.#settings, engine, ids).catch((error: unknown) => {
            logger?.error({ code: 'hook.failed', hook: 'onDead', error }, 'dead jobs could not be reported')
          })
        },
      })
      this.#unlisten = await engine.listen((hint) => this.#onHint(hint))
      if (!this.#closed) this.#maintenance.start()
    } catch (error) {
      this.#starting = undefined
      throw error
    }
  }

  async #close(): Promise<void> {
    // A store that is being opened is opened first: workers that wait for it have something to let go of then.
    await this.#door.stopWaiting()
    await Promise.all([...this.#running].map((worker) => worker.stop()))
    await this.#starting?.catch(() => undefined)
    await this.#maintenance?.close()
    await this.#unlisten?.()
    await this.#door.close()
  }

  #onEnd(end: ClaimEnd, attempt: Attempt | undefined, tell = true): void {
    if (isTerminal(end.end)) this.#door.core?.waiters.ended(end.id)
    if (end.end === 'dead' && attempt) diedHere(this.#settings, end, attempt, tell)
    else if (end.end === 'retrying' && attempt && tell) failedHere(this.#settings.logger, end, attempt)
    if (end.delayMs !== undefined && end.delayMs > 0) this.#maintenance?.promoter.dueIn(end.delayMs)
    else if (!isTerminal(end.end)) this.#door.core?.engine.announce([end.lane ?? end.queue])
  }

  #onHint(hint: Hint): void {
    const { logger } = this.#settings
    // A delayed job may be due sooner than any known: look.
    if (hint.type === 'wake' && hint.queues.includes(DUE_HINT)) this.#maintenance?.promoter.check()
    else if (hint.type === 'down') logger?.warn({ code: 'store.hints.down', error: hint.error }, 'no hints from the store; polling')
    else if (hint.type === 'up') logger?.info({ code: 'store.hints.up' }, 'hints from the store arrive again')
  }

  #parts(engine: Engine | undefined): ToolParts {
    return { settings: this.#settings, engine, open: () => this.#door.open(), onEnd: (...args) => this.#onEnd(...args) }
  }
}
