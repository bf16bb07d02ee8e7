/** What the log says of attempts that failed: those to be retried, and how all of them are worded. */
import { type Failure, formatDuration, type JobInfo, type Logger } from '../core/index.js'
import type { ClaimEnd } from '../engine/index.js'
import { type Attempt, jobInfo } from '../worker/index.js'

/** An attempt failed in this worker, and its job will be tried again. */
export function failedHere(logger: Logger | undefined, end: ClaimEnd, attempt: Attempt): void {
  if (!logger) return
  const job = jobInfo(attempt.job)
  const { delayMs = 0 } = end
  const next = delayMs === 0 ? 'again at once' : `next in ${formatDuration(delayMs)}`
  const failure = failureOf(end.body)
  logger.warn(
    { code: 'job.failed', ...fieldsOf(job), delayMs, error: failure },
    `job '${job.name}' failed ${which(job)}, ${next}: ${inWords(failure)}`,
  )
}

export function logDeath(logger: Logger | undefined, job: JobInfo, failure: Failure): void {
  logger?.error({ code: 'job.dead', ...fieldsOf(job), error: failure }, `job '${job.name}' is dead ${which(job)}: ${inWords(failure)}`)
}

/** The failure that is kept with an end. */
export function failureOf(body: string | null | undefined): Failure {
  return JSON.parse(body ?? '{"name":"Error","message":"no reason was given"}') as Failure
}

function fieldsOf({ id, name, queue, attempt, maxAttempts }: JobInfo): object {
  return { job: id, name, queue, attempt, maxAttempts }
}

function which({ attempt, maxAttempts }: JobInfo): string {
  return `(attempt ${attempt} of ${maxAttempts})`
}

const MAX_WORDS = 200

/** One line of it: the whole, with its stack, is in the field `error`. */
function inWords({ name, code, message }: Failure): string {
  const line = message.split('\n', 1)[0] ?? ''
  const short = line.length > MAX_WORDS ? `${line.slice(0, MAX_WORDS)}…` : line
  return `${(name === 'WorksongError' && code) || name}: ${short}`
}
