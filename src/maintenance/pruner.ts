/** Deletes ended jobs past their retention, in small steps with pauses, so that nobody waits for it. One process at a time does it. */
import type { Engine } from '../engine/index.js'

/** ms to keep ended jobs, per state; null keeps them for ever. */
export interface Retention {
  readonly succeededMs: number | null
  readonly cancelledMs: number | null
  readonly deadMs: number | null
}

const STEP = 500
const EVERY_MS = 300_000
const PAUSE_MS = 20

export class Pruner {
  readonly #engine: Engine
  readonly #retention: Retention
  #closed = false
  #next: string | undefined

  constructor(engine: Engine, retention: Retention) {
    this.#engine = engine
    this.#retention = retention
  }

  /** One round over the store, if it is this process's turn. */
  async round(): Promise<void> {
    if (!(await this.#engine.takeChore({ name: 'prune', everyMs: EVERY_MS }))) return
    this.#next = undefined
    while (!this.#closed) {
      const step = { ...this.#retention, limit: STEP, ...(this.#next === undefined ? {} : { after: this.#next }) }
      const { next } = await this.#engine.pruneJobs(step)
      if (next === null) return
      this.#next = next
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }

  close(): void {
    this.#closed = true
  }
}
