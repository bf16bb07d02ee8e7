/** The options of an app, checked once at construction. */
import { isJob } from '../client/index.js'
import {
  checkKeys,
  checkName,
  checkObject,
  type DeadHook,
  type Duration,
  type JobDefinition,
  type Logger,
  parseDuration,
  WorksongError,
  wholeNumber,
} from '../core/index.js'
import { plainLogger } from './logger.js'
import { safeLogger } from './safe-logger.js'
import { checkStore, type StoreOption } from './store.js'

export interface WorksongOptions {
  /** 'sqlite:worksong.db', 'sqlite::memory:', 'postgres://user@host/database', or sqlite({…}) / postgres({…}). */
  store: StoreOption
  jobs?: readonly JobDefinition[] | undefined
  /** Per queue: the most of its jobs that one worker runs at once. */
  queues?: Readonly<Record<string, { concurrency?: number }>> | undefined
  /** How long ended jobs are kept, per state. Default: succeeded and cancelled 7 days, dead for ever. */
  retention?: { succeeded?: Duration | 'forever'; cancelled?: Duration | 'forever'; dead?: Duration | 'forever' } | undefined
  /**
   * How long a silent worker keeps its jobs (15 s), how often the lost are looked for (5 s), and how long a handler may block the event
   * loop (60 s).
   */
  lease?: { duration?: Duration; sweep?: Duration; maxBlocked?: Duration } | undefined
  /** Crashes of its own after which a job is dead. Default 3. */
  maxCrashes?: number | undefined
  /** The largest input or result, in bytes of JSON. Default 1 MiB. */
  maxPayload?: number | undefined
  /** How long an enqueue waits for a store that is away. Default 10 s. */
  patience?: Duration | undefined
  /** Apply pending migrations at start. Default true. */
  migrate?: boolean | undefined
  /** pino-shaped, or false for silence. Default: readable lines on standard error, from level WORKSONG_LOG or 'info'. */
  logger?: Logger | false | undefined
  /** Called when any job dies, after the job's own hook. */
  onDead?: DeadHook | undefined
}

export interface Settings {
  readonly store: StoreOption
  readonly jobs: ReadonlyMap<string, JobDefinition>
  readonly queueCaps: ReadonlyMap<string, number>
  readonly retention: { readonly succeededMs: number | null; readonly cancelledMs: number | null; readonly deadMs: number | null }
  readonly leaseMs: number
  readonly sweepMs: number
  readonly maxBlockedMs: number
  readonly maxCrashes: number
  readonly maxPayloadBytes: number
  readonly patienceMs: number
  readonly migrate: boolean
  readonly logger: Logger | undefined
  readonly onDead: DeadHook | undefined
}

const KEYS = ['store', 'jobs', 'queues', 'retention', 'lease', 'maxCrashes', 'maxPayload', 'patience', 'migrate', 'logger', 'onDead']

/** @throws WorksongError naming the option that is wrong */
export function checkAppOptions(options: WorksongOptions): Settings {
  checkKeys(options, KEYS, 'Worksong options')
  // Defaults stand for what is absent, and for nothing else: null is refused like any other wrong value.
  const { jobs = [], queues = {}, retention = {}, lease = {}, patience = '10s', migrate = true } = options
  checkKeys(retention, ['succeeded', 'cancelled', 'dead'], 'retention')
  checkKeys(lease, ['duration', 'sweep', 'maxBlocked'], 'lease')
  return {
    store: checkStore(options.store),
    jobs: registry(jobs),
    queueCaps: caps(queues),
    retention: {
      succeededMs: keep(retention.succeeded, '7d', 'retention.succeeded'),
      cancelledMs: keep(retention.cancelled, '7d', 'retention.cancelled'),
      deadMs: keep(retention.dead, 'forever', 'retention.dead'),
    },
    leaseMs: atLeast(lease.duration, '15s', 300, 'lease.duration'),
    sweepMs: atLeast(lease.sweep, '5s', 50, 'lease.sweep'),
    maxBlockedMs: atLeast(lease.maxBlocked, '60s', 50, 'lease.maxBlocked'),
    maxCrashes: wholeNumber(options.maxCrashes, 'maxCrashes', 3, 1, 1000),
    maxPayloadBytes: wholeNumber(options.maxPayload, 'maxPayload', 1_048_576, 64, 268_435_456),
    patienceMs: parseDuration(patience, 'patience'),
    migrate: checkFlag(migrate, 'migrate'),
    logger: options.logger === false ? undefined : options.logger === undefined ? plainLogger() : checkLogger(options.logger),
    onDead: checkHook(options.onDead),
  }
}

/** A list, or a refusal that names it. @throws WorksongError `WS_INVALID_OPTION` */
export function checkList<T>(value: readonly T[], field: string): readonly T[] {
  if (Array.isArray(value)) return value
  throw new WorksongError('WS_INVALID_OPTION', `${field} is not a list`, { field })
}

export function checkFlag(value: unknown, field: string): boolean {
  if (typeof value === 'boolean') return value
  throw new WorksongError('WS_INVALID_OPTION', `${field} is neither true nor false`, { field })
}

/** The app's own, so that it can hurt nobody. */
function checkLogger(logger: Logger): Logger {
  const levels = ['debug', 'info', 'warn', 'error'] as const
  if (typeof logger === 'object' && logger !== null && levels.every((level) => typeof logger[level] === 'function'))
    return safeLogger(logger)
  throw new WorksongError('WS_INVALID_OPTION', 'logger has no debug, info, warn and error', {
    fix: 'Give a logger shaped like that of pino, or false for silence.',
    field: 'logger',
  })
}

function checkHook(onDead: DeadHook | undefined): DeadHook | undefined {
  if (onDead === undefined || typeof onDead === 'function') return onDead
  throw new WorksongError('WS_INVALID_OPTION', 'onDead is not a function', { field: 'onDead' })
}

function registry(jobs: readonly JobDefinition[]): ReadonlyMap<string, JobDefinition> {
  checkList(jobs, 'jobs')
  const known = new Map<string, JobDefinition>()
  for (const [index, job] of jobs.entries()) {
    if (!isJob(job)) {
      const fix = 'Make it with defineJob().'
      throw new WorksongError('WS_INVALID_OPTION', `jobs[${index}] is not a job definition`, { fix, field: 'jobs' })
    }
    if (known.has(job.name)) {
      const fix = 'Job names are unique; with implement(), give the implemented one only.'
      throw new WorksongError('WS_DUPLICATE_JOB', `Two jobs are named '${job.name}'`, { fix, field: 'jobs' })
    }
    known.set(job.name, job)
  }
  return known
}

function caps(queues: Readonly<Record<string, { concurrency?: number }>>): ReadonlyMap<string, number> {
  checkObject(queues, 'queues', 'Give { name: { concurrency: 20 } }.')
  const found = new Map<string, number>()
  for (const [name, queue] of Object.entries(queues)) {
    checkName(name, 'queue')
    checkKeys(queue, ['concurrency'], `queues.${name}`)
    if (queue.concurrency === undefined) continue
    found.set(name, wholeNumber(queue.concurrency, `queues.${name}.concurrency`, 1, 1, 10_000))
  }
  return found
}

function keep(given: Duration | undefined, fallback: Duration, field: string): number | null {
  const age = given === undefined ? fallback : given
  return age === 'forever' ? null : parseDuration(age, field)
}

function atLeast(given: Duration | undefined, fallback: Duration, least: number, field: string): number {
  const ms = parseDuration(given === undefined ? fallback : given, field)
  if (ms >= least) return ms
  throw new WorksongError('WS_INVALID_OPTION', `${field} is ${ms} ms; it must be at least ${least} ms`, { field })
}
