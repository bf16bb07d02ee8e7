/** Trying a store call again while the store blinks. What may have happened is told to the next try, and to the caller in the end. */
import { isWorksongError, reworded, type WorksongError } from '../core/index.js'

const FIRST_MS = 10
const MAX_MS = 1000

/** The pauses between tries: each twice the last, up to a second, and none the same as another process's. */
export class Pauses {
  #next = FIRST_MS

  /** Whether another try would still be within the patience of one who has waited since `since`. */
  fit(since: number, patienceMs: number): boolean {
    return performance.now() - since + this.#next <= patienceMs
  }

  async pause(): Promise<void> {
    const ms = this.#next * (0.5 + Math.random() / 2)
    this.#next = Math.min(this.#next * 2, MAX_MS)
    await new Promise((resolve) => setTimeout(resolve, ms))
  }

  reset(): void {
    this.#next = FIRST_MS
  }
}

/**
 * Run `call` until it succeeds, fails for good, or `patienceMs` has passed since `since`.
 * @param call gets true when an earlier try may have been carried out (its answer was lost)
 */
export async function withPatience<T>(
  patienceMs: number,
  call: (maybeDone: boolean) => Promise<T>,
  since: number = performance.now(),
): Promise<T> {
  const pauses = new Pauses()
  let maybeDone = false
  for (;;) {
    try {
      return await call(maybeDone)
    } catch (error) {
      maybeDone ||= isWorksongError(error) && error.unknownOutcome
      if (!passes(error) || !pauses.fit(since, patienceMs)) throw withOutcome(error, maybeDone)
      await pauses.pause()
    }
  }
}

/** Waiting may help. */
export function passes(error: unknown): error is WorksongError {
  return isWorksongError(error) && error.retryable
}

/** The error for one caller: whether his job may be stored all the same is his own story, not that of the last try. */
export function withOutcome(error: unknown, unknownOutcome: boolean): unknown {
  if (!isWorksongError(error) || error.unknownOutcome === unknownOutcome) return error
  return reworded(error, { cause: error, unknownOutcome })
}
