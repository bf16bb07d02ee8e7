/** Trying a store call again while the store blinks. What may have happened is told to the next try. */
import { isWorksongError } from '../core/index.js'

const FIRST_MS = 10
const MAX_MS = 1000

/**
 * Run `call` until it succeeds, fails for good, or `patienceMs` has passed since the first failure.
 * @param call gets true when an earlier try may have been carried out (its answer was lost)
 * @param hopeless errors that waiting would not help here, retryable or not
 */
export async function withPatience<T>(
  patienceMs: number,
  call: (maybeDone: boolean) => Promise<T>,
  hopeless: (error: unknown) => boolean = () => false,
): Promise<T> {
  let maybeDone = false
  let failedAt = 0
  for (let delay = FIRST_MS; ; delay = Math.min(delay * 2, MAX_MS)) {
    try {
      return await call(maybeDone)
    } catch (error) {
      if (!isWorksongError(error) || !error.retryable || hopeless(error)) throw error
      maybeDone ||= error.unknownOutcome
      failedAt ||= performance.now()
      if (performance.now() - failedAt + delay > patienceMs) throw error
      await new Promise((resolve) => setTimeout(resolve, delay * (0.5 + Math.random() / 2)))
    }
  }
}
