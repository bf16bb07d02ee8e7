/** A stored job as users see it: input and results decoded, times as Dates. */
import { decodeJson, type End, type Failure, type JobState } from '../core/index.js'
import type { AttemptRecord, JobRecord, JobSummary } from '../engine/index.js'

/** One row of a list: no payload. */
export interface JobRow {
  readonly id: string
  readonly name: string
  readonly queue: string
  readonly priority: number
  readonly state: JobState
  /** Attempts used or under way. */
  readonly attempt: number
  readonly maxAttempts: number
  readonly createdAt: Date
  /** When a scheduled job is due. */
  readonly runAt: Date | null
  readonly endedAt: Date | null
  readonly worker: string | null
}

/** One claim of a job and how it ended. */
export interface JobAttempt {
  /** 1 for the first time that a worker took the job, higher with each; log lines carry it. */
  readonly claim: number
  readonly end: End
  /** Attempts used when it had ended. */
  readonly attempt: number
  readonly at: Date
  readonly worker: string | null
  readonly ranMs: number | null
  readonly error: Failure | undefined
}

/** A job whole. */
export interface JobView extends JobRow {
  /** As it was given; undefined when nothing was. */
  readonly input: unknown
  readonly result: unknown
  /** The failures of its attempts, oldest first, with stack and cause. */
  readonly errors: readonly (Failure & { readonly attempt: number; readonly at: Date })[]
  readonly progress: { readonly done: number; readonly total?: number; readonly text?: string } | null
  readonly attempts: readonly JobAttempt[]
  readonly tags: readonly string[]
  readonly reference: Readonly<Record<string, string>>
  readonly description: string | undefined
  readonly correlationId: string
  readonly parentId: string | undefined
  readonly blockedBy: string | null
  readonly cancelRequested: boolean
}

export function jobRow(job: JobSummary): JobRow {
  return {
    id: job.id,
    name: job.kind,
    queue: job.queue,
    priority: job.priority,
    state: job.state,
    attempt: job.attempt,
    maxAttempts: job.maxAttempts,
    createdAt: new Date(job.createdAt),
    runAt: job.runAt === null ? null : new Date(job.runAt),
    endedAt: job.endedAt === null ? null : new Date(job.endedAt),
    worker: job.worker,
  }
}

export function jobView(job: JobRecord): JobView {
  const attempts = job.attempts.map(attemptView)
  const last = job.attempts.at(-1)
  const { extras } = job
  return {
    ...jobRow(job),
    input: job.payload === '' ? undefined : decodeJson(job.payload, 'input'),
    result: job.state === 'succeeded' && last?.body ? decodeJson(last.body, 'result') : undefined,
    errors: attempts.flatMap((one) => (one.error && FAILED.has(one.end) ? [{ ...one.error, attempt: one.attempt, at: one.at }] : [])),
    progress: job.progress === null ? null : (decodeJson(job.progress, 'progress') as JobView['progress']),
    attempts,
    tags: extras?.tags ?? [],
    reference: extras?.reference ?? {},
    description: extras?.description,
    correlationId: extras?.correlationId ?? job.id,
    parentId: extras?.parentId,
    blockedBy: job.blockedBy,
    cancelRequested: job.cancelRequested,
  }
}

const FAILED: ReadonlySet<End> = new Set<End>(['dead', 'retrying', 'lost-running', 'lost-alone'])

function attemptView(record: AttemptRecord): JobAttempt {
  const error = record.end === 'succeeded' || record.body === null ? undefined : (decodeJson(record.body, 'failure') as Failure)
  const { claim, end, used, at, worker, ranMs } = record
  return { claim, end, attempt: used, at: new Date(at), worker, ranMs, error }
}
