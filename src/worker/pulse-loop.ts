/** The one poll of a worker: signals, "is there work", the state of its queues. Hints only make it sooner. */
import { isWorksongError, type Logger } from '../core/index.js'
import type { Engine, Pulse } from '../engine/index.js'

/** An idle worker's statements are mostly these; a cancel whose hint was lost waits for the next. */
const EVERY_MS = 900

export interface PulseLoopOptions {
  readonly engine: Engine
  readonly worker: string
  readonly queues: readonly string[]
  readonly logger: Logger | undefined
  onPulse(pulse: Pulse): void
}

export class PulseLoop {
  readonly #options: PulseLoopOptions
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #asking: Promise<void> | undefined
  #again = false
  #failing = false

  constructor(options: PulseLoopOptions) {
    this.#options = options
  }

  start(): void {
    this.now()
  }

  /** Ask now; if it is being asked, once more after that. */
  now(): void {
    if (this.#closed) return
    if (this.#asking) {
      this.#again = true
      return
    }
    clearTimeout(this.#timer)
    this.#asking = this.#ask().finally(() => {
      this.#asking = undefined
      if (this.#closed) return
      // Spread over a fleet: a tenth earlier or later.
      this.#timer = setTimeout(() => this.now(), this.#again ? 0 : EVERY_MS * (0.9 + Math.random() / 5))
      this.#again = false
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#asking
  }

  async #ask(): Promise<void> {
    const { engine, worker, queues, logger } = this.#options
    try {
      const pulse = await engine.pulse({ worker, queues })
      if (this.#closed) return
      if (this.#failing) logger?.info({ code: 'worker.store.back', worker }, 'the store answers again')
      this.#failing = false
      this.#options.onPulse(pulse)
    } catch (error) {
      if (this.#closed) return
      const level = isWorksongError(error) && error.retryable ? 'warn' : 'error'
      if (!this.#failing) logger?.[level]({ code: 'worker.poll.failed', error, worker }, 'the store did not answer the poll; going on')
      this.#failing = true
    }
  }
}
