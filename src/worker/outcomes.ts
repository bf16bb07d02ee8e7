/** From what a handler did to the end of its claim. Decides only: the turns write. */
import {
  describeFailure,
  encodeJson,
  errorRetryAfter,
  type Failure,
  isWorksongError,
  plainFailure,
  type RetryPolicy,
  readOutcome,
  retryDelay,
} from '../core/index.js'
import type { ClaimEnd, ClaimedJob } from '../engine/index.js'

/** An end without its token: what is decided here. */
export type Decision = Pick<ClaimEnd, 'end' | 'used' | 'body' | 'delayMs'>

/** What a decision needs to know of the attempt. */
export interface AttemptFacts {
  /** Attempts used before this one. */
  readonly used: number
  readonly maxAttempts: number
  readonly policy: RetryPolicy
  readonly maxResultBytes: number
}

/** The handler returned. @throws WorksongError when the result cannot be stored or understood, which is then a failure of the attempt */
export function decideReturn(value: unknown, facts: AttemptFacts): Decision {
  const used = facts.used + 1
  const outcome = readOutcome(value)
  if (!outcome) {
    const body = value === undefined ? null : encodeJson(value, 'result', facts.maxResultBytes)
    return { end: 'succeeded', used, body }
  }
  const { kind, reason, failure, delayMs } = outcome
  switch (kind) {
    case 'cancel':
      return { end: 'cancelled', used, body: stated('Cancelled', reason ?? 'cancelled by its handler') }
    case 'discard':
      return { end: 'dead', used, body: failure ? JSON.stringify(failure) : stated('Discarded', reason ?? 'discarded by its handler') }
    case 'snooze':
      return { end: 'snoozed', used: facts.used, body: stated('Snoozed', reason ?? 'snoozed'), delayMs }
    case 'retryAfter':
      return retryOrDie(facts, failure ?? plainFailure('RetryAfter', reason ?? 'asked to be tried again'), delayMs)
  }
}

/** The handler threw, timed out, or what it returned could not be stored. */
export function decideThrow(thrown: unknown, facts: AttemptFacts): Decision {
  const failure = describeFailure(thrown)
  // Its file has to be changed first: to load it again would only end the same way. (Asked of the failure: what is thrown may be a trap.)
  if (isWorksongError(failure, 'WS_IN_THREAD')) return { end: 'dead', used: facts.used + 1, body: JSON.stringify(failure) }
  return retryOrDie(facts, failure, errorRetryAfter(thrown))
}

/** The attempt was interrupted by a cancel that its handler obeyed. */
export function decideCancelled(reason: string | null, facts: AttemptFacts): Decision {
  return { end: 'cancelled', used: facts.used + 1, body: stated('Cancelled', reason ?? 'cancelled') }
}

/** The attempt was interrupted by the worker's stop: given back, no attempt used. */
export function decideInterrupted(facts: AttemptFacts): Decision {
  return { end: 'returned', used: facts.used, body: stated('Interrupted', 'the worker stopped before the job had finished') }
}

/** What an interrupted attempt's signal was aborted with decides what its throw means. */
export function decideAborted(thrown: unknown, why: unknown, facts: AttemptFacts): Decision {
  if (isWorksongError(why, 'WS_JOB_CANCELLED')) return decideCancelled(why.message, facts)
  if (isWorksongError(why, 'WS_STOPPING')) return decideInterrupted(facts)
  return decideThrow(isWorksongError(why, 'WS_TIMEOUT') ? why : thrown, facts)
}

function retryOrDie(facts: AttemptFacts, failure: Failure, askedDelay: number | undefined): Decision {
  const used = facts.used + 1
  const body = JSON.stringify(failure)
  if (used >= facts.maxAttempts) return { end: 'dead', used, body }
  return { end: 'retrying', used, body, delayMs: askedDelay ?? retryDelay(facts.policy, used, Math.random()) }
}

function stated(name: string, message: string): string {
  return JSON.stringify(plainFailure(name, message))
}

/** The facts of a job that never started: nothing of its policy is asked. */
export function factsOf(job: ClaimedJob): AttemptFacts {
  return { used: job.used, maxAttempts: job.maxAttempts, policy: NO_RETRY, maxResultBytes: 0 }
}

const NO_RETRY = { attempts: 1, backoff: { type: 'fixed', first: 0, factor: 1, max: 0, jitter: 0 }, delays: undefined } as const
