/**
 * How many jobs to hold beyond those that run: what the last 100 ms consumed, starting at the concurrency. So slow jobs are shared between
 * workers, a high priority overtakes soon, and a stop gives little back, while no-ops are claimed in batches of hundreds.
 */

const WINDOW_MS = 100
const MAX_PREFETCH = 4000

export class Prefetch {
  readonly #concurrency: number
  #windowStart = performance.now()
  #current = 0
  #previous: number

  constructor(concurrency: number) {
    this.#concurrency = concurrency
    this.#previous = concurrency
  }

  consumed(): void {
    this.#current++
  }

  /** The most jobs to hold in all: running, waiting here, and asked for. */
  capacity(): number {
    const now = performance.now()
    if (now - this.#windowStart > WINDOW_MS) {
      this.#previous = now - this.#windowStart > 2 * WINDOW_MS ? 0 : this.#current
      this.#current = 0
      this.#windowStart = now
    }
    return this.#concurrency + Math.min(MAX_PREFETCH, Math.max(this.#previous, this.#current))
  }
}
