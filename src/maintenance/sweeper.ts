/**
 * Finds workers that have fallen silent, and gives their jobs back. A worker is lost when its counter has stood still for its whole lease
 * on this process's own monotonic clock, watched without a gap: a store that was away, a write lock that somebody held, or a clock that
 * was stepped, kills nobody. Who lives too short for a whole lease watches together with others, in the store: where processes die one
 * after another, somebody must notice all the same.
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
  readonly #sweepMs: number
  readonly #maxCrashes: number
  readonly #onRescued: (lanes: readonly string[]) => void
  readonly #onDead: (ids: readonly string[]) => void
  #watched = new Map<string, Watched>()
  #closed = false

  constructor(
    engine: Engine,
    logger: Logger | undefined,
    { sweepMs, maxCrashes }: { sweepMs: number; maxCrashes: number },
    hooks: { onRescued(lanes: readonly string[]): void; onDead(ids: readonly string[]): void },
  ) {
    this.#engine = engine
    this.#logger = logger
    this.#sweepMs = sweepMs
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
    const late = waitedMs > worker.leaseMs / 3
    const seen = this.#watched.get(worker.id)
    const since = seen && seen.beat === worker.beat && !late ? seen.since : performance.now()
    this.#watched.set(worker.id, { beat: worker.beat, since })
    const silentMs = Math.max(asked - since, late ? 0 : await this.#watchedTogether(worker))
    if (silentMs < worker.leaseMs) return false
    const lost = await this.#engine.loseWorkerIfSilent({ worker: worker.id, beat: worker.beat })
    if (!lost) return false
    const { id, name, host, pid, holding } = worker
    this.#logger?.warn(
      { code: 'worker.silent', worker: id, name, host, pid, holding },
      `worker '${name}' is lost: silent for its whole lease`,
    )
    return true
  }

  /**
   * Asked only about those who have missed a beat: a write for each worker and sweep would be too much. And about those whose beat lies
   * ahead: the clock was set back, and tells nothing.
   */
  async #watchedTogether({ id: worker, beat, silentMs, leaseMs }: WorkerRecord): Promise<number> {
    if (silentMs >= 0 && silentMs < leaseMs / 2) return 0
    return this.#engine.watchWorker({ worker, beat, maxGapMs: Math.max(leaseMs / 2, 1.5 * this.#sweepMs) })
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
