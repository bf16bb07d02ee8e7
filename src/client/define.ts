/** defineJob and implement: a job's contract, with or without its handler. */
import {
  checkKeys,
  checkName,
  type DeadHook,
  type Duration,
  type Handler,
  type HandlerOutcome,
  isWorksongError,
  type JobDefinition,
  type Middleware,
  optionalDuration,
  optionalText,
  type Priority,
  parsePriority,
  parseRetry,
  problemOf,
  type RetryOption,
  reworded,
  type Schema,
  WorksongError,
} from '../core/index.js'

export interface JobOptions {
  /** Unique among the app's jobs; stored with every job, so renaming it orphans what is queued. */
  name: string
  /** 'default' when absent. */
  queue?: string
  /** 'high' (-10), 'normal' (0), 'low' (10), or an integer; lower runs first, within a queue. */
  priority?: Priority
  /** Attempts in all and the delays between them; `false` for one attempt. Default: 5 attempts, exponential from 1 s. */
  retry?: RetryOption
  /** The longest one attempt may run; then its signal is aborted and the attempt has failed. None when absent. */
  timeout?: Duration
  description?: string
  middleware?: readonly Middleware[]
  /**
   * 'thread': run in a worker thread, so that it may block or be killed on timeout. Needs `module: import.meta.url` of an exporting
   * module.
   */
  isolation?: 'none' | 'thread'
  module?: string
  /** Called once the job is dead. */
  onDead?: DeadHook
}

type PlainResult<R> = Exclude<Awaited<R>, HandlerOutcome>
type InOf<S> = S extends Schema<infer In, any> ? In : void
type OutOf<S> = S extends Schema<any, infer Out> ? Out : void
/** What `enqueue` takes and `run` gets, from an `input` schema; what `wait` returns, from an `output` schema or from what `run` returns. */
type Job<S, O, R> =
  O extends Schema<infer Returned, infer Out>
    ? JobDefinition<InOf<S>, OutOf<S>, Out, Returned>
    : JobDefinition<InOf<S>, OutOf<S>, PlainResult<R>, PlainResult<R>>

const KEYS = ['name', 'input', 'output', 'queue', 'priority', 'retry', 'timeout', 'description']
KEYS.push('middleware', 'isolation', 'module', 'onDead', 'run')

/**
 * Define a job. Input is checked by its schema when enqueued and parsed again when run.
 * Without `run` it is a contract for producers; `implement(job, run)` attaches the handler elsewhere.
 * @throws WorksongError `WS_INVALID_OPTION`, `WS_INVALID_NAME`, `WS_INVALID_DURATION`
 */
export function defineJob<
  S extends Schema<any, any> | undefined = undefined,
  O extends Schema<any, any> | undefined = undefined,
  R = unknown,
>(options: JobOptions & { input?: S; output?: O; run?: Handler<OutOf<S>, O extends Schema<infer In, any> ? In : R> }): Job<S, O, R> {
  checkKeys(options, KEYS, 'defineJob')
  // First of all: the other errors name the job.
  const name = checkName(options.name, 'job name')
  const { input, output, run, isolation = 'none', module } = options
  for (const [field, schema] of [
    ['input', input],
    ['output', output],
  ] as const) {
    if (schema !== undefined && typeof (schema as Schema)?.['~standard']?.validate !== 'function') {
      throw new WorksongError('WS_INVALID_OPTION', `${field} of job '${name}' is not a Standard Schema`, {
        fix: 'Use a schema of Zod, Valibot, ArkType or another Standard Schema library, or typed<T>() for a type without a check.',
        field,
      })
    }
  }
  if (isolation !== 'none' && isolation !== 'thread') throw invalid('isolation', `must be 'none' or 'thread'`, name)
  if (isolation === 'thread' && !module) throw invalid('module', "is needed with isolation 'thread': give import.meta.url", name)
  if (module !== undefined && typeof module !== 'string') throw invalid('module', 'is not a text: give import.meta.url', name)
  if (run !== undefined && typeof run !== 'function') throw invalid('run', 'is not a function', name)
  checkHooks(options)
  return Object.freeze({
    name,
    input: input as Schema | undefined,
    output: output as Schema | undefined,
    ...ofJob(name, () => ({
      queue: checkName(options.queue === undefined ? 'default' : options.queue, 'queue'),
      priority: parsePriority(options.priority),
      retry: parseRetry(options.retry),
      timeoutMs: optionalDuration(options.timeout, 'timeout'),
      description: optionalText(options.description, 'description', 1000),
    })),
    middleware: [...(options.middleware ?? [])],
    isolation,
    module,
    onDead: options.onDead,
    run: run as Handler<any, any> | undefined,
  } satisfies JobDefinition) as JobDefinition as Job<S, O, R>
}

/** What is refused by those who do not know the job, said with its name: a module of jobs has many. */
function ofJob<T>(name: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (!isWorksongError(error)) throw error
    throw reworded(error, { problem: `Job '${name}': ${problemOf(error)}` })
  }
}

/**
 * Attach a handler to a job that was defined without one: the contract in one package, the work in another. Without an output schema the
 * result is what the handler returns.
 */
export function implement<In, Parsed, Result, Returned, R extends Returned>(
  job: JobDefinition<In, Parsed, Result, Returned>,
  run: Handler<Parsed, R>,
  ...more: readonly never[]
): JobDefinition<In, Parsed, unknown extends Result ? PlainResult<R> : Result, Returned> {
  if (!isJob(job)) {
    const fix = 'Give what defineJob() made, and its handler.'
    throw new WorksongError('WS_INVALID_OPTION', 'The first argument of implement is not a job definition', { fix, field: 'job' })
  }
  if (more.length > 0) throw invalid('options', 'cannot be given to implement: they belong into defineJob()', job.name)
  if (typeof run !== 'function') throw invalid('run', 'is not a function', job.name)
  return Object.freeze({ ...job, run }) as JobDefinition<any, any, any, any>
}

/** Whether a value is what `defineJob` makes, of this copy of the package or another. */
export function isJob(value: unknown): value is JobDefinition {
  const { name, queue, priority, retry, middleware } = (value ?? {}) as Partial<JobDefinition>
  if (typeof value !== 'object' || typeof name !== 'string' || typeof queue !== 'string' || typeof priority !== 'number') return false
  return typeof retry?.attempts === 'number' && typeof retry.backoff === 'object' && Array.isArray(middleware)
}

/** Refused here: a hook that is no function would fail each attempt, or each death. */
function checkHooks({ name, middleware, onDead }: JobOptions): void {
  if (onDead !== undefined && typeof onDead !== 'function') throw invalid('onDead', 'is not a function', name)
  if (middleware === undefined) return
  if (!Array.isArray(middleware)) throw invalid('middleware', 'is not a list of functions', name)
  const wrong = middleware.findIndex((layer) => typeof layer !== 'function')
  if (wrong !== -1) throw invalid(`middleware[${wrong}]`, 'is not a function', name)
}

function invalid(field: string, problem: string, job: string): WorksongError {
  return new WorksongError('WS_INVALID_OPTION', `${field} of job '${job}' ${problem}`, { field })
}
