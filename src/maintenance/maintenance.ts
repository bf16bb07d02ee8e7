/** Promote the due, rescue the lost, prune the old: the three loops of one process. Any number of processes may run them. */
import { isWorksongError, type Logger, timerMs } from '../core/index.js'
import type { Engine } from '../engine/index.js'
import { Promoter } from './promoter.js'
import { Pruner, type Retention } from './pruner.js'
import { Sweeper } from './sweeper.js'

export interface MaintenanceOptions {
  readonly engine: Engine
  readonly logger: Logger | undefined
  readonly sweepMs: number
  readonly maxCrashes: number
  readonly retention: Retention
  /** Jobs of these lanes may run now: tell the workers here; others are told through the store. */
  onReady(lanes: readonly string[]): void
  /** Rescue found these jobs dead: their attempts are used up. */
  onDead(ids: readonly string[]): void
}

const PRUNE_EVERY_MS = 30_000

export class Maintenance {
  readonly promoter: Promoter
  readonly #options: MaintenanceOptions
  readonly #sweeper: Sweeper
  readonly #pruner: Pruner
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #working = new Set<Promise<void>>()
  #closed = false

  constructor(options: MaintenanceOptions) {
    const { engine, logger, sweepMs, maxCrashes, retention, onReady, onDead } = options
    this.#options = options
    this.promoter = new Promoter(engine, logger, onReady)
    this.#sweeper = new Sweeper(engine, logger, { sweepMs, maxCrashes }, { onRescued: onReady, onDead })
    this.#pruner = new Pruner(engine, retention)
  }

  start(): void {
    this.promoter.check()
    this.#loop('sweep', this.#options.sweepMs, 0, () => this.#sweeper.sweep())
    this.#loop('prune', PRUNE_EVERY_MS, PRUNE_EVERY_MS, () => this.#pruner.round())
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#sweeper.close()
    this.#pruner.close()
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all([this.promoter.close(), ...this.#working])
  }

  #loop(name: string, everyMs: number, firstMs: number, chore: () => Promise<void>): void {
    let failing = false
    const run = async () => {
      try {
        await chore()
        failing = false
      } catch (error) {
        if (this.#closed) return
        const level = isWorksongError(error) && error.retryable ? 'warn' : 'error'
        if (!failing) this.#options.logger?.[level]({ code: `maintenance.${name}.failed`, error }, `maintenance (${name}) failed; going on`)
        failing = true
      }
    }
    const next = (ms: number) => {
      if (this.#closed) return
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        const working = run().finally(() => {
          this.#working.delete(working)
          next(everyMs)
        })
        this.#working.add(working)
      }, timerMs(ms))
      this.#timers.add(timer)
    }
    next(firstMs)
  }
}
