/** What `app.queues`, `app.workers` and `app.dead` offer: the operators' verbs as library calls. They ask nobody before they destroy. */
import { checkKeys, checkObject, type Duration, isWorksongError, type JobState } from '../core/index.js'
import type { DeleteResult } from '../engine/index.js'
import {
  type Bulk,
  type DeadListResult,
  deadDelete,
  deadList,
  deadRedrive,
  deadShow,
  filterFields,
  type JobsFilter,
  type JobView,
  type One,
  type Operation,
  type PageInput,
  type QueueView,
  queuesList,
  queuesPause,
  queuesPurge,
  queuesResume,
  type RedriveResult,
  type Wished,
  type WorkerView,
  workersList,
  workersQuiet,
  workersResume,
  workersStop,
} from '../operations/index.js'

/** Runs an operation as the library's face of it: the same checks as every other face. */
export type Run = <In, Out>(operation: Operation<In, Out>, input: Record<string, unknown>) => Promise<Out>

/** Which dead jobs. Without any, no job is meant: `{ all: true }` are all. */
export interface DeadFilter extends Omit<JobsFilter, 'state'> {
  all?: boolean
}

const DEAD = Object.keys(filterFields)
export const FILTER: readonly string[] = ['state', ...DEAD]

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

  /** Delete the queue's jobs that are in one state; running ones never are. */
  async purge(queue: string, options: { state: Exclude<JobState, 'running'> }): Promise<Bulk<DeleteResult>> {
    checkOptions(options, ['state'], 'queues.purge', "app.queues.purge('billing', { state: 'dead' })")
    return this.#run(queuesPurge, { queue, ...options })
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

  /** Let workers, by id or name, take no more jobs; what they run goes on. */
  quiet(workers: string | readonly string[]): Promise<Wished[]> {
    return this.#run(workersQuiet, { workers })
  }

  /** Let quiet workers take jobs again. */
  resume(workers: string | readonly string[]): Promise<Wished[]> {
    return this.#run(workersResume, { workers })
  }

  /** Let workers finish what they run, within their grace, and end. With `wait`, resolves once they are gone, or that long has passed. */
  async stop(workers: string | readonly string[], options: { wait?: Duration } = {}): Promise<Wished[]> {
    checkOptions(options, ['wait'], 'workers.stop', "app.workers.stop('worker-1', { wait: '30s' })")
    return this.#run(workersStop, { workers, ...options })
  }
}

export class DeadApi {
  readonly #run: Run

  constructor(run: Run) {
    this.#run = run
  }

  /** One page of dead jobs with what killed them, newest first; without payloads. */
  async list(filter: Omit<DeadFilter, 'all'> & PageInput = {}): Promise<DeadListResult> {
    checkOptions(filter, Object.keys(deadList.fields), 'dead.list', "app.dead.list({ queue: 'billing' })")
    return this.#run(deadList, { ...filter })
  }

  /** The job, or null when no dead job has that id. */
  async show(id: string): Promise<JobView | null> {
    try {
      return await this.#run(deadShow, { id, logs: 0 })
    } catch (error) {
      if (isWorksongError(error, 'WS_JOB_NOT_FOUND')) return null
      throw error
    }
  }

  /** Let dead jobs run again with all their attempts: one, several, or all that pass a filter. `changed`: it is not dead, and was left. */
  async redrive(id: string): Promise<RedriveResult>
  async redrive(ids: readonly string[]): Promise<One<RedriveResult>[]>
  async redrive(filter: DeadFilter): Promise<Bulk<RedriveResult>>
  async redrive(jobs: string | readonly string[] | DeadFilter): Promise<unknown> {
    return firstOf(jobs, await this.#run(deadRedrive, selectionOf(jobs, [...DEAD, 'all'], 'dead.redrive')))
  }

  /** Delete dead jobs for good: one, several, or all that pass a filter. */
  async delete(id: string): Promise<DeleteResult>
  async delete(ids: readonly string[]): Promise<One<DeleteResult>[]>
  async delete(filter: DeadFilter): Promise<Bulk<DeleteResult>>
  async delete(jobs: string | readonly string[] | DeadFilter): Promise<unknown> {
    return firstOf(jobs, await this.#run(deadDelete, selectionOf(jobs, [...DEAD, 'all'], 'dead.delete')))
  }
}

/** An id, several, or a filter, as operations take them. */
export function selectionOf(jobs: string | readonly string[] | object, known: readonly string[], call: string): Record<string, unknown> {
  if (typeof jobs === 'string') return { ids: [jobs] }
  if (Array.isArray(jobs)) return { ids: jobs }
  checkOptions(jobs, known, call, `app.${call}(id), (ids), or ({ queue: 'billing' })`)
  return { ...jobs }
}

/** Of a single job its result, and of more what there is. */
export function firstOf<Result extends string>(jobs: unknown, outcome: One<Result>[] | Bulk<Result>): unknown {
  return typeof jobs === 'string' && Array.isArray(outcome) ? outcome[0]?.result : outcome
}

/** @throws WorksongError `WS_INVALID_OPTION`: of what is no object at all (`cancel(id, 'why')`) with how it is written */
export function checkOptions(options: unknown, known: readonly string[], call: string, example: string): void {
  checkObject(options, `${call} options`, `Write: ${example}.`)
  checkKeys(options, known, `${call} options`)
}

export function withoutUndefined(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
}
