/** What `app.jobs` offers. */
import { type Duration, isId, isWorksongError, type JobId, optionalDuration, show, WorksongError } from '../core/index.js'
import type { CancelResult, DeleteResult, RetryResult } from '../engine/index.js'
import {
  type Bulk,
  type JobLogLine,
  type JobsFilter,
  type JobsListInput,
  type JobsListResult,
  type JobView,
  jobsCancel,
  jobsDelete,
  jobsList,
  jobsLogs,
  jobsRetry,
  jobsRunHere,
  jobsShow,
  type One,
  resultOfRun,
} from '../operations/index.js'
import { checkOptions, FILTER, firstOf, type Run, selectionOf } from './apis.js'
import type { Core } from './core.js'
import { resultOf } from './waiters.js'

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

  /**
   * End waiting jobs, and ask running ones to stop: one job, several, or all that have not ended and pass a filter.
   * `cancelled`: it was waiting and has ended. `requested`: it runs and has been told. `ended`: it had ended before.
   */
  async cancel(id: string, options?: { reason?: string }): Promise<CancelResult>
  async cancel(ids: readonly string[], options?: { reason?: string }): Promise<One<CancelResult>[]>
  async cancel(filter: Omit<JobsFilter, 'error'>, options?: { reason?: string }): Promise<Bulk<CancelResult>>
  async cancel(jobs: string | readonly string[] | JobsFilter, options: { reason?: string } = {}): Promise<unknown> {
    checkOptions(options, ['reason'], 'jobs.cancel', "app.jobs.cancel(id, { reason: 'sent by hand' })")
    const known = FILTER.filter((key) => key !== 'error')
    return firstOf(jobs, await this.#run(jobsCancel, { ...selectionOf(jobs, known, 'jobs.cancel'), ...options }))
  }

  /** Run ended jobs again with all their attempts, or scheduled ones at once: one job, several, or all of a state that pass a filter. */
  async retry(id: string): Promise<RetryResult>
  async retry(ids: readonly string[]): Promise<One<RetryResult>[]>
  async retry(filter: JobsFilter): Promise<Bulk<RetryResult>>
  async retry(jobs: string | readonly string[] | JobsFilter): Promise<unknown> {
    return firstOf(jobs, await this.#run(jobsRetry, selectionOf(jobs, FILTER, 'jobs.retry')))
  }

  /**
   * Delete jobs for good, with all that is kept beside them: one job, several, or all that pass a filter. Running ones are left. Asks
   * nobody.
   */
  async delete(id: string): Promise<DeleteResult>
  async delete(ids: readonly string[]): Promise<One<DeleteResult>[]>
  async delete(filter: JobsFilter): Promise<Bulk<DeleteResult>>
  async delete(jobs: string | readonly string[] | JobsFilter): Promise<unknown> {
    return firstOf(jobs, await this.#run(jobsDelete, selectionOf(jobs, FILTER, 'jobs.delete')))
  }

  /**
   * Run a waiting job in this process, whatever its queue or its turn; its end is stored as always. Gives its result.
   * @throws what the handler threw; WorksongError `WS_JOB_NOT_FOUND`, `WS_JOB_NOT_WAITING`, `WS_NO_HANDLER`
   */
  async run<Result>(id: JobId<Result>): Promise<Result>
  async run<Result = unknown>(id: string): Promise<Result>
  async run(id: string): Promise<unknown> {
    return resultOfRun(await this.#run(jobsRunHere, { id }))
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
