/**
 * Tells the store which jobs have started: with the next ends once they have run for a while, which is enough for most; before it happens
 * where a second run must not be (one attempt in all) or where a crash is to be one job's own (suspects).
 */
import type { Logger } from '../core/index.js'
import type { Engine } from '../engine/index.js'
import { type LeaseBook, MARK_AFTER_MS } from './leases.js'
import type { Turns } from './turns.js'

export class Marks {
  readonly #engine: Engine
  readonly #worker: string
  readonly #book: LeaseBook
  readonly #turns: Turns
  readonly #logger: Logger | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(engine: Engine, worker: string, book: LeaseBook, turns: Turns, logger: Logger | undefined) {
    this.#engine = engine
    this.#worker = worker
    this.#book = book
    this.#turns = turns
    this.#logger = logger
  }

  /** A job has started: told with the next ends, or by itself when there are none for a while. */
  started(lease: string, place: number): void {
    this.#book.jobStarted(lease, place)
    if (!this.#timer) this.#arm()
  }

  /** True once the store knows that the first `count` of a lease have started; false when it could not be told, or the lease is lost. */
  async tell(lease: string, count: number): Promise<boolean> {
    try {
      const started = [{ lease, count }]
      const { lost } = await this.#engine.finishIfOwned({ worker: this.#worker, ends: [], closing: [], started })
      if (!lost) return true
      this.#logger?.warn({ code: 'worker.start.refused', lease }, 'jobs were not started: their lease is lost')
    } catch (error) {
      this.#logger?.warn({ code: 'worker.store.away', error }, 'the store could not be told of a start; trying again')
    }
    return false
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #arm(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#book.markable) this.#turns.kick()
      if (this.#book.unmarked) this.#arm()
    }, MARK_AFTER_MS)
  }
}
