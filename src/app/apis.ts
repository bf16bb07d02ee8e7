/** What `app.jobs`, `app.queues` and `app.workers` offer: the operators' verbs as library calls, and waiting for a result. */
import {
  checkKeys,
  checkObject,
  type Duration,
  isId,
  isWorksongError,
  type JobId,
  optionalDuration,
  show,
  WorksongError,
} from '../core/index.js'
import type { CancelResult, RetryResult } from '../engine/index.js'
import {
  type JobLogLine,
  type JobsListInput,
  type JobsListResult,
  type JobView,
  jobsCancel,
  jobsList,
  jobsLogs,
  jobsRetry,
  jobsShow,
  type Operation,
  parseInput,
  type QueueView,
  queuesList,
  queuesPause,
  queuesResume,
  type Tools,
  type WorkerView,
  workersList,
} from '../operations/index.js'
import type { Core } from './core.js'
import { resultOf } from './waiters.js'

type Run = <In, Out>(operation: Operation<In, Out>, input: Record<string, unknown>) => Promise<Out>

/** Runs an operation as the library's face of it: the same checks as every other face. */
export function runner(tools: () => Promise<Tools>): Run {
  return async <In, Out>(operation: Operation<In, Out>, input: Record<string, unknown>): Promise<Out> => {
    const parsed = parseInput<In>(operation.fields, withoutUndefined(input))
    return operation.run(await tools(), parsed)
  }
}

export class JobsApi {
  readonly #run: Run
  readonly #core: () => Promise<Core>

  constructor(run: Run, core: () => Promise<Core>) {
    this.#run = run
    this.#core = core
  }

  /** The job, or null when there is none of that id. */
  async get(id: string): Promise<JobView | null> {
    try {
      return await this.#run(jobsShow, { id, logs: 0 })
    } catch (error) {
      if (isWorksongError(error, 'WS_JOB_NOT_FOUND')) return null
      throw error
    }
  }

  /** One page, newest first; without payloads. Give `next` as `after` for the page behind it. */
  async list(filter: JobsListInput = {}): Promise<JobsListResult> {
    checkOptions(filter, Object.keys(jobsList.fields), 'jobs.list', "app.jobs.list({ state: 'dead' })")
    return this.#run(jobsList, { ...filter })
  }

  /**
   * The job's result, once it has ended; its type is known from an id that `enqueue` gave, and can be named for one from elsewhere.
   * @throws WorksongError `WS_TIMEOUT`, `WS_JOB_DEAD`, `WS_JOB_CANCELLED` (the job's own error as `cause`)
   */
  async wait<Result>(id: JobId<Result>, options?: { timeout?: Duration }): Promise<Result>
  async wait<Result = unknown>(id: string, options?: { timeout?: Duration }): Promise<Result>
  async wait(id: string, options: { timeout?: Duration } = {}): Promise<unknown> {
    checkOptions(options, ['timeout'], 'jobs.wait', "app.jobs.wait(id, { timeout: '30s' })")
    if (!isId(id)) throw new WorksongError('WS_INVALID_OPTION', `id is not a job id: ${show(id)}`, { field: 'id' })
    const timeoutMs = optionalDuration(options.timeout, 'timeout')
    return resultOf(await (await this.#core()).waiters.wait(id, timeoutMs))
  }

  /** `cancelled`: it was waiting and has ended. `requested`: it runs and has been told. `ended`: it had ended before. */
  async cancel(id: string, options: { reason?: string } = {}): Promise<CancelResult> {
    checkOptions(options, ['reason'], 'jobs.cancel', "app.jobs.cancel(id, { reason: 'sent by hand' })")
    const results = await this.#run(jobsCancel, { ids: [id], ...options })
    return results[0]?.result ?? 'missing'
  }

  /** Run an ended job again with all its attempts, or a scheduled one at once. */
  async retry(id: string): Promise<RetryResult> {
    const results = await this.#run(jobsRetry, { ids: [id] })
    return results[0]?.result ?? 'missing'
  }

  /** The job's own log lines, oldest first: those behind line number `after`, at most `limit` (1000). None of a job that there is not. */
  async logs(id: string, options: { after?: number; limit?: number } = {}): Promise<readonly JobLogLine[]> {
    checkOptions(options, ['after', 'limit'], 'jobs.logs', 'app.jobs.logs(id, { after: 100, limit: 50 })')
    try {
      return await this.#run(jobsLogs, { id, ...options })
    } catch (error) {
      if (isWorksongError(error, 'WS_JOB_NOT_FOUND')) return []
      throw error
    }
  }
}

export class QueuesApi {
  readonly #run: Run

  constructor(run: Run) {
    this.#run = run
  }

  list(): Promise<QueueView[]> {
    return this.#run(queuesList, {})
  }

  /** No more claims from this queue, by any worker; running jobs go on. */
  async pause(queue: string, options: { by?: string; reason?: string } = {}): Promise<void> {
    checkOptions(options, ['by', 'reason'], 'queues.pause', "app.queues.pause('billing', { by: 'ann', reason: 'the ERP is down' })")
    await this.#run(queuesPause, { queue, ...options })
  }

  async resume(queue: string): Promise<void> {
    await this.#run(queuesResume, { queue })
  }
}

export class WorkersApi {
  readonly #run: Run

  constructor(run: Run) {
    this.#run = run
  }

  /** Those that live, and those that were lost or stopped within a day. */
  list(): Promise<readonly WorkerView[]> {
    return this.#run(workersList, {})
  }
}

/** @throws WorksongError `WS_INVALID_OPTION`: of what is no object at all (`cancel(id, 'why')`) with how it is written */
function checkOptions(options: unknown, known: readonly string[], call: string, example: string): void {
  checkObject(options, `${call} options`, `Write: ${example}.`)
  checkKeys(options, known, `${call} options`)
}

function withoutUndefined(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
}
