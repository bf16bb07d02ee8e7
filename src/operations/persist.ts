/** An operator's write, tried again while the store blinks: a restart or a lost connection is no reason to make a person do it again. */
import { isWorksongError } from '../core/index.js'

const PATIENCE_MS = 3000
/** For a store that is there: others hold what is wanted, and those who collide may only learn of it after a second each time. */
const BUSY_PATIENCE_MS = 15_000
const FIRST_MS = 20
const MAX_MS = 500

/**
 * @param repeatable false when a try that may have been carried out must not be followed by another
 * @throws what the last try ended with, once 3 s (15 s of a busy store) have passed or trying again cannot help
 */
export async function persist<T>(write: () => Promise<T>, repeatable = true): Promise<T> {
  const began = performance.now()
  for (let delay = FIRST_MS; ; delay = Math.min(delay * 2, MAX_MS)) {
    try {
      return await write()
    } catch (error) {
      if (!isWorksongError(error) || !error.retryable || (error.unknownOutcome && !repeatable)) throw error
      const patience = error.code === 'WS_STORE_BUSY' ? BUSY_PATIENCE_MS : PATIENCE_MS
      if (performance.now() + delay > began + patience) throw error
      await new Promise((resolve) => setTimeout(resolve, delay * (0.5 + Math.random() / 2)))
    }
  }
}
