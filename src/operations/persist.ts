/** An operator's write, tried again while the store blinks: a restart or a lost connection is no reason to make a person do it again. */
import { isWorksongError } from '../core/index.js'

const PATIENCE_MS = 3000
const FIRST_MS = 20
const MAX_MS = 500

/**
 * @param repeatable false when a try that may have been carried out must not be followed by another
 * @throws what the last try ended with, once 3 s have passed or trying again cannot help
 */
export async function persist<T>(write: () => Promise<T>, repeatable = true): Promise<T> {
  const until = performance.now() + PATIENCE_MS
  for (let delay = FIRST_MS; ; delay = Math.min(delay * 2, MAX_MS)) {
    try {
      return await write()
    } catch (error) {
      if (!isWorksongError(error) || !error.retryable || (error.unknownOutcome && !repeatable)) throw error
      if (performance.now() + delay > until) throw error
      await new Promise((resolve) => setTimeout(resolve, delay * (0.5 + Math.random() / 2)))
    }
  }
}
