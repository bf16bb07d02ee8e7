/** Time-outs of running attempts, and cancelled threads: one sweep per worker while any attempt has a deadline, not one timer per job. */
import { formatDuration, WorksongError } from '../core/index.js'
import type { Attempt } from './attempt.js'
import { decideAborted } from './outcomes.js'

const SWEEP_MS = 25
/** How long a handler whose signal was aborted may take to settle by itself. */
const GRACE_MS = 1000

export class Deadlines {
  /** Each with the moment, of performance.now(), at which it is settled without its handler. */
  readonly #attempts = new Map<Attempt, number>()
  #timer: NodeJS.Timeout | undefined

  add(attempt: Attempt): void {
    if (attempt.deadline === Number.POSITIVE_INFINITY) return
    this.#watch(attempt, attempt.deadline + GRACE_MS)
  }

  /**
   * Its cancel was asked for. A handler in a thread gets the same grace as at its timeout, since its thread can be ended; one of the main
   * loop can go on, and has succeeded if it returns.
   */
  cancelled(attempt: Attempt): void {
    if (attempt.settled || attempt.definition.isolation !== 'thread') return
    this.#watch(attempt, Math.min(this.#attempts.get(attempt) ?? Number.POSITIVE_INFINITY, performance.now() + GRACE_MS))
  }

  remove(attempt: Attempt): void {
    if (this.#attempts.size === 0) return
    this.#attempts.delete(attempt)
    if (this.#attempts.size === 0) this.close()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #watch(attempt: Attempt, end: number): void {
    this.#attempts.set(attempt, end)
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS)
  }

  /** What it was aborted with first decides how it ends: a cancel or a stop that came before the timeout is not undone by it. */
  #sweep(): void {
    const now = performance.now()
    for (const [attempt, end] of this.#attempts) {
      if (now >= attempt.deadline && !attempt.abortedWith) attempt.abort(timedOut(attempt))
      if (now >= end) attempt.settle(decideAborted(attempt.abortedWith, attempt.abortedWith, attempt))
    }
  }
}

function timedOut({ deadline, startedAt }: Attempt): WorksongError {
  return new WorksongError('WS_TIMEOUT', `The attempt took longer than its timeout of ${formatDuration(deadline - startedAt)}`)
}
