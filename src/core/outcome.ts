/** What a handler may say happened, apart from returning a value or throwing. */
import { type Duration, parseDuration } from './duration.js'

const MARK = Symbol.for('worksong.outcome')

/** A handler's decision, returned by it; made by `retryAfter`, `snooze`, `cancel` and `discard`. */
export type HandlerOutcome =
  | { readonly [MARK]: 'retryAfter'; readonly delayMs: number; readonly reason: string | undefined }
  | { readonly [MARK]: 'snooze'; readonly delayMs: number; readonly reason: string | undefined }
  | { readonly [MARK]: 'cancel'; readonly reason: string | undefined }
  | { readonly [MARK]: 'discard'; readonly reason: string | undefined }

/** The attempt failed; try again after this delay instead of the backoff's. Uses an attempt; with none left the job is dead. */
export function retryAfter(delay: Duration, reason?: string): HandlerOutcome {
  return { [MARK]: 'retryAfter', delayMs: parseDuration(delay, 'retryAfter delay'), reason }
}

/** Not now: run again after this delay. Uses no attempt. */
export function snooze(delay: Duration, reason?: string): HandlerOutcome {
  return { [MARK]: 'snooze', delayMs: parseDuration(delay, 'snooze delay'), reason }
}

/** The work is no longer wanted: the job ends as `cancelled`. */
export function cancel(reason?: string): HandlerOutcome {
  return { [MARK]: 'cancel', reason }
}

/** The work can never succeed: the job is `dead` at once, whatever attempts are left. */
export function discard(reason?: string): HandlerOutcome {
  return { [MARK]: 'discard', reason }
}

/** The kind of a handler's outcome, or undefined when it returned a plain result. */
export function outcomeKind(value: unknown): 'retryAfter' | 'snooze' | 'cancel' | 'discard' | undefined {
  return typeof value === 'object' && value !== null ? (value as Partial<HandlerOutcome>)[MARK] : undefined
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
