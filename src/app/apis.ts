/** What `app.jobs` and `app.queues` offer: the operators' verbs as library calls, and waiting for a result. */
import { type Duration, isId, type JobId, optionalDuration, WorksongError } from '../core/index.js'
import type { CancelResult, LogLine, RetryResult, WorkerRecord } from '../engine/index.js'
import {
  type JobsListInput,
  type JobsListResult,
  type JobView,
  jobsCancel,
  jobsList,
  jobsRetry,
  jobsShow,
  type Operation,
  parseInput,
  type QueueView,
  queuesList,
  queuesPause,
  queuesResume,
  type Tools,
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
      return await this.#run(jobsShow, { id })
    } catch (error) {
      if (error instanceof WorksongError && error.code === 'WS_JOB_NOT_FOUND') return null
      throw error
    }
  }

  /** One page, newest first; without payloads. Give `next` as `after` for the page behind it. */
  list(filter: JobsListInput = {}): Promise<JobsListResult> {
    return this.#run(jobsList, { ...filter })
  }

  /**
   * The job's result, once it has ended; its type is known from an id that `enqueue` gave, and can be named for one from elsewhere.
   * @throws WorksongError `WS_TIMEOUT`, `WS_JOB_DEAD`, `WS_JOB_CANCELLED` (the job's own error as `cause`)
   */
  async wait<Result>(id: JobId<Result>, options?: { timeout?: Duration }): Promise<Result>
  async wait<Result = unknown>(id: string, options?: { timeout?: Duration }): Promise<Result>
  async wait(id: string, options: { timeout?: Duration } = {}): Promise<unknown> {
    if (!isId(id)) throw new WorksongError('WS_INVALID_OPTION', `id is not a job id: ${String(id).slice(0, 60)}`, { field: 'id' })
    const timeoutMs = optionalDuration(options.timeout, 'timeout')
    return resultOf(await (await this.#core()).waiters.wait(id, timeoutMs))
  }

  /** `cancelled`: it was waiting and has ended. `requested`: it runs and has been told. `ended`: it had ended before. */
  async cancel(id: string, options: { reason?: string } = {}): Promise<CancelResult> {
    const results = await this.#run(jobsCancel, { ids: [id], ...options })
    return results[0]?.result ?? 'missing'
  }

  /** Run an ended job again with all its attempts, or a scheduled one at once. */
  async retry(id: string): Promise<RetryResult> {
    const results = await this.#run(jobsRetry, { ids: [id] })
    return results[0]?.result ?? 'missing'
  }

  /** The job's own log lines, oldest first, behind line `after`. */
  async logs(id: string, options: { after?: number; limit?: number } = {}): Promise<readonly LogLine[]> {
    const { engine } = await this.#core()
    return engine.readLogs({ id, after: options.after ?? 0, limit: options.limit ?? 1000 })
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
    await this.#run(queuesPause, { queue, ...options })
  }

  async resume(queue: string): Promise<void> {
    await this.#run(queuesResume, { queue })
  }
}

export class WorkersApi {
  readonly #core: () => Promise<Core>

  constructor(core: () => Promise<Core>) {
    this.#core = core
  }

  async list(): Promise<readonly WorkerRecord[]> {
    return (await this.#core()).engine.listWorkers()
  }
}

function withoutUndefined(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
}
