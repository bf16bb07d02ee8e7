/** What a handler may say happened, apart from returning a value or throwing. */
import { type Duration, parseDuration } from './duration.js'
import { WorksongError } from './errors.js'
import { describeFailure, type Failure } from './failure.js'
import { show } from './show.js'

const MARK = Symbol.for('worksong.outcome')
const KINDS = ['retryAfter', 'snooze', 'cancel', 'discard'] as const

type OutcomeKind = (typeof KINDS)[number]

/** An outcome as plain data, which can cross to another thread. */
export interface Outcome {
  readonly kind: OutcomeKind
  /** Of `retryAfter` and `snooze`; 0 of the others. */
  readonly delayMs: number
  readonly reason: string | undefined
  /** The error that was given as the reason. */
  readonly failure: Failure | undefined
}

/** A handler's decision, returned by it; made by `retryAfter`, `snooze`, `cancel` and `discard`. */
export interface HandlerOutcome extends Omit<Outcome, 'kind'> {
  readonly [MARK]: OutcomeKind
}

/** The attempt failed; try again after this delay instead of the backoff's. Uses an attempt; with none left the job is dead. */
export function retryAfter(delay: Duration, reason?: string | Error): HandlerOutcome {
  return outcome('retryAfter', reason, parseDuration(delay, 'retryAfter delay'))
}

/** Not now: run again after this delay. Uses no attempt. */
export function snooze(delay: Duration, reason?: string | Error): HandlerOutcome {
  return outcome('snooze', reason, parseDuration(delay, 'snooze delay'))
}

/** The work is no longer wanted: the job ends as `cancelled`. */
export function cancel(reason?: string | Error): HandlerOutcome {
  return outcome('cancel', reason)
}

/** The work can never succeed: the job is `dead` at once, whatever attempts are left. An error is kept with its stack. */
export function discard(reason?: string | Error): HandlerOutcome {
  return outcome('discard', reason)
}

function outcome(kind: OutcomeKind, reason: unknown, delayMs = 0): HandlerOutcome {
  if (reason === undefined || typeof reason === 'string') return { [MARK]: kind, delayMs, reason, failure: undefined }
  if (isError(reason)) {
    const failure = describeFailure(reason)
    return { [MARK]: kind, delayMs, reason: failure.message, failure }
  }
  throw new WorksongError('WS_INVALID_OPTION', `The reason of ${kind} is neither text nor an error: ${show(reason)}`, {
    field: 'reason',
  })
}

/** Also of another realm: a vm's, a test runner's. */
function isError(value: unknown): boolean {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'
}

/** Whether a handler returned an outcome, known here or not, and no plain result. */
export function isOutcome(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[MARK] !== undefined
}

/**
 * The outcome that a handler returned, or undefined for a plain result. It may come from another version of this package, so nothing of it
 * is taken on trust. @throws WorksongError `WS_UNKNOWN_OUTCOME`
 */
export function readOutcome(value: unknown): Outcome | undefined {
  if (!isOutcome(value)) return undefined
  return checkOutcome({ ...(value as object), kind: (value as Record<symbol, unknown>)[MARK] })
}

/** Outcomes cross between threads as plain data; here they get their mark again. @throws WorksongError `WS_UNKNOWN_OUTCOME` */
export function restoreOutcome(plain: unknown): HandlerOutcome {
  const { kind, ...rest } = checkOutcome((plain ?? {}) as { [K in keyof Outcome]?: unknown })
  return { [MARK]: kind, ...rest }
}

function checkOutcome({ kind, delayMs = 0, reason, failure }: { readonly [K in keyof Outcome]?: unknown }): Outcome {
  if (!KINDS.includes(kind as OutcomeKind)) {
    const fix = 'Use the functions of the copy of worksong that runs the job.'
    throw new WorksongError('WS_UNKNOWN_OUTCOME', `The handler returned an outcome that is not known here: ${show(kind)}`, { fix })
  }
  return {
    kind: kind as OutcomeKind,
    delayMs: parseDuration(delayMs as Duration, 'delayMs'),
    reason: reason === undefined || typeof reason === 'string' ? reason : show(reason),
    failure: failure === undefined ? undefined : describeFailure(failure),
  }
}

/** The delay that a thrown error asks for by a `retryAfter` property (a duration), if it asks for one that can be understood. */
export function errorRetryAfter(error: unknown): number | undefined {
  try {
    const asked = (error as { retryAfter?: unknown } | null | undefined)?.retryAfter
    if (typeof asked !== 'number' && typeof asked !== 'string') return undefined
    return parseDuration(asked, 'error.retryAfter')
  } catch {
    return undefined
  }
}
