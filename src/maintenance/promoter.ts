/**
 * Moves scheduled jobs to where they may run at their moment: sleeps until the next one is due, known by index, and moves them in
 * batches.
 */
import { isWorksongError, type Logger } from '../core/index.js'
import type { Engine } from '../engine/index.js'

const BATCH = 2000
/** Even a moment known far ahead is looked at this often: the store's clock may be stepped. */
const LONGEST_SLEEP_MS = 30_000
const RETRY_MS = 500

export class Promoter {
  readonly #engine: Engine
  readonly #logger: Logger | undefined
  readonly #onPromoted: (queues: readonly string[]) => void
  #timer: NodeJS.Timeout | undefined
  #dueAt = Number.POSITIVE_INFINITY
  #working: Promise<void> | undefined
  #again = false
  #closed = false

  constructor(engine: Engine, logger: Logger | undefined, onPromoted: (queues: readonly string[]) => void) {
    this.#engine = engine
    this.#logger = logger
    this.#onPromoted = onPromoted
  }

  /** Somebody knows that a job is due in `ms`. */
  dueIn(ms: number): void {
    const at = performance.now() + Math.min(Math.max(ms, 0), LONGEST_SLEEP_MS)
    if (this.#closed || at >= this.#dueAt) return
    this.#dueAt = at
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.check(), Math.max(0, at - performance.now()))
  }

  /** Look now. */
  check(): void {
    if (this.#closed) return
    if (this.#working) {
      this.#again = true
      return
    }
    clearTimeout(this.#timer)
    this.#dueAt = Number.POSITIVE_INFINITY
    this.#working = this.#work().finally(() => {
      this.#working = undefined
      if (!this.#again) return
      this.#again = false
      this.check()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#working
  }

  async #work(): Promise<void> {
    try {
      for (;;) {
        const { promoted, lanes, nextDueMs } = await this.#engine.promoteDue({ limit: BATCH })
        if (lanes.length > 0) this.#onPromoted(lanes)
        if (this.#closed) return
        if (promoted >= BATCH) continue
        this.dueIn(nextDueMs ?? LONGEST_SLEEP_MS)
        return
      }
    } catch (error) {
      if (this.#closed) return
      if (!isWorksongError(error) || !error.retryable)
        this.#logger?.error({ code: 'maintenance.promote.failed', error }, 'due jobs could not be promoted')
      this.dueIn(RETRY_MS)
    }
  }
}
