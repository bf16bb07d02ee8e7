/**
 * Finds workers that have fallen silent, and gives their jobs back. A worker is lost when its counter has stood still for its whole lease
 * on this process's own monotonic clock, watched without a gap: a store that was away, a write lock that somebody held, or a clock that
 * was stepped, kills nobody.
 */
import type { Logger } from '../core/index.js'
import type { Engine, WorkerRecord } from '../engine/index.js'

const RESCUE_BATCH = 500
/** No worker's: its beat changes nothing, and yet needs all that a beat needs. */
const NOBODY = '00000000-0000-7000-8000-000000000000'

interface Watched {
  readonly beat: number
  readonly since: number
}

export class Sweeper {
  readonly #engine: Engine
  readonly #logger: Logger | undefined
  readonly #maxCrashes: number
  readonly #onRescued: (lanes: readonly string[]) => void
  readonly #onDead: (ids: readonly string[]) => void
  #watched = new Map<string, Watched>()
  #closed = false

  constructor(
    engine: Engine,
    logger: Logger | undefined,
    maxCrashes: number,
    hooks: { onRescued(lanes: readonly string[]): void; onDead(ids: readonly string[]): void },
  ) {
    this.#engine = engine
    this.#logger = logger
    this.#maxCrashes = maxCrashes
    this.#onRescued = hooks.onRescued
    this.#onDead = hooks.onDead
  }

  /** One look. Rejects when the store does not answer; then all that was watched is forgotten. */
  async sweep(): Promise<void> {
    const asked = performance.now()
    let workers: readonly WorkerRecord[]
    let waitedMs: number
    try {
      await this.#engine.beat({ worker: NOBODY })
      waitedMs = performance.now() - asked
      workers = await this.#engine.listWorkers()
    } catch (error) {
      this.#watched = new Map()
      throw error
    }
    let toRescue = workers.some((worker) => worker.state !== 'live' && worker.holding > 0)
    for (const worker of workers) if (worker.state === 'live' && (await this.#watch(worker, asked, waitedMs))) toRescue = true
    this.#forget(workers)
    if (toRescue) await this.#rescue()
  }

  /** The round under way ends with the call under way. */
  close(): void {
    this.#closed = true
  }

  /**
   * True when the worker has just been declared lost.
   * @param waitedMs how long a write had to wait: whoever could not have beaten in that time was not silent
   */
  async #watch(worker: WorkerRecord, asked: number, waitedMs: number): Promise<boolean> {
    const seen = this.#watched.get(worker.id)
    if (!seen || seen.beat !== worker.beat || waitedMs > worker.leaseMs / 3) {
      this.#watched.set(worker.id, { beat: worker.beat, since: performance.now() })
      return false
    }
    if (asked - seen.since < worker.leaseMs) return false
    const lost = await this.#engine.loseWorkerIfSilent({ worker: worker.id, beat: worker.beat })
    if (!lost) return false
    const { id, name, host, pid, holding } = worker
    this.#logger?.warn(
      { code: 'worker.silent', worker: id, name, host, pid, holding },
      `worker '${name}' is lost: silent for its whole lease`,
    )
    return true
  }

  #forget(workers: readonly WorkerRecord[]): void {
    const live = new Set(workers.filter((worker) => worker.state === 'live').map((worker) => worker.id))
    for (const id of this.#watched.keys()) if (!live.has(id)) this.#watched.delete(id)
  }

  /** Until all are rescued, or what is left is held by others just now: the next round comes to it. */
  async #rescue(): Promise<void> {
    while (!this.#closed) {
      const { requeued, dead, cancelled, lanes, done } = await this.#engine.rescueJobs({
        limit: RESCUE_BATCH,
        maxCrashes: this.#maxCrashes,
      })
      const rescued = requeued + dead.length + cancelled
      if (rescued > 0) {
        this.#logger?.warn({ code: 'jobs.rescued', requeued, dead: dead.length, cancelled }, 'jobs of a lost worker were given back')
      }
      if (lanes.length > 0) this.#onRescued(lanes)
      if (dead.length > 0) this.#onDead(dead)
      if (done || rescued === 0) return
    }
  }
}
