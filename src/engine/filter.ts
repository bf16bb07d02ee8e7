/** What both engines make of a list's filter: what it may hold, and whether a job found by it still passes. */
import { show, WorksongError } from '../core/index.js'
import type { JobFilter, JobSummary } from './records.js'

/** A cursor carries it. */
const MAX_ERROR_LENGTH = 500

/** @throws WorksongError `WS_INVALID_OPTION` */
export function checkFilter({ state, error, since, until }: JobFilter): void {
  if (error !== undefined) {
    if (typeof error !== 'string' || error === '' || error.length > MAX_ERROR_LENGTH || error.includes('\0')) {
      throw bad('error', `error is not text of 1 to ${MAX_ERROR_LENGTH} characters: ${show(error)}`)
    }
    if (state !== 'dead' && state !== 'cancelled') throw bad('error', 'error is told of dead and cancelled jobs only', ERROR_FIX)
  }
  for (const [field, moment] of [['since', since] as const, ['until', until] as const]) {
    if (moment !== undefined && !Number.isFinite(moment)) throw bad(field, `${field} is not a moment in Unix milliseconds: ${show(moment)}`)
  }
}

const ERROR_FIX = "Give state 'dead' or 'cancelled' with it."

/** Its own queue, kind, state and moment; the error is left to those who read it. */
export function passes(job: JobSummary, { state, queue, kind, since, until }: JobFilter): boolean {
  const at = job.endedAt ?? job.createdAt
  return (
    (state === undefined || job.state === state) &&
    (queue === undefined || job.queue === queue) &&
    (kind === undefined || job.kind === kind) &&
    (since === undefined || at >= since) &&
    (until === undefined || at < until)
  )
}

function bad(field: string, problem: string, fix?: string): WorksongError {
  return new WorksongError('WS_INVALID_OPTION', problem, { field, ...(fix === undefined ? {} : { fix }) })
}
