/**
 * Suspects: jobs that ran when a process died. They are claimed one at a time and run with nothing beside them, so that a crash is theirs
 * and no innocent is blamed twice. The states of the one suspect that a worker may hold:
 *
 *   idle ──▶ claiming ──claimed──▶ holding ──nothing runs──▶ marking ──store told──▶ marked ──▶ alone ──ended──▶ settling ──written──▶ idle
 *
 * The store is told of the start before it happens, else a job that kills its process at once would never be convicted; and of the end
 * before anything else starts, else the next one's crash would be this one's. A job that takes longer than the patience here is no poison
 * pill: it is let go (idle), others then run beside it, and the store is told.
 */
import type { ClaimEnd, LaneLimit } from '../engine/index.js'
import type { Attempt } from './attempt.js'

/** How long others wait for a suspect. What has run for longer than this will not make room for one soon. */
export const PATIENCE_MS = 10_000

export class Suspects {
  #lanes: readonly string[] = []
  #state: 'idle' | 'claiming' | 'holding' | 'marking' | 'marked' | 'alone' | 'settling' = 'idle'
  #job: string | undefined
  #since = 0
  /** After each suspect, ordinary jobs get as long as it took. */
  #notBefore = 0

  /** No other claims, and no other starts once it runs. */
  get exclusive(): boolean {
    return this.#waits || this.runningAlone
  }

  get #waits(): boolean {
    return this.#state === 'holding' || this.#state === 'marking' || this.#state === 'marked'
  }

  get runningAlone(): boolean {
    return this.#state === 'alone' || this.#state === 'settling'
  }

  saw(lanes: readonly string[]): void {
    this.#lanes = lanes
  }

  /** The lanes to claim one suspect from, if it is time for one. */
  toClaim(): LaneLimit[] | null {
    if (this.#lanes.length === 0 || this.#state !== 'idle' || performance.now() < this.#notBefore) return null
    return this.#lanes.map((lane) => ({ lane, limit: 1 }))
  }

  /** The claim is being sent; `claimed` must follow. */
  claiming(): void {
    this.#state = 'claiming'
  }

  claimed(job: string | undefined): void {
    this.#state = job === undefined ? 'idle' : 'holding'
    if (job === undefined) this.#lanes = []
    this.#job = job
    this.#since = performance.now()
  }

  /** True for the suspect that must wait until nothing runs and the store knows of its start. */
  mustWait(job: string): boolean {
    return this.#waits && this.#job === job
  }

  /** True for the one who is to tell the store now; `marked` or `unmarked` must follow. */
  toMark(): boolean {
    if (this.#state !== 'holding') return false
    this.#state = 'marking'
    return true
  }

  marked(): void {
    if (this.#state === 'marking') this.#state = 'marked'
  }

  unmarked(): void {
    if (this.#state === 'marking') this.#state = 'holding'
  }

  get mayStart(): boolean {
    return this.#state === 'marked'
  }

  startedAlone(): void {
    this.#state = 'alone'
    this.#since = performance.now()
  }

  /** True once, when patience has run out: let others run beside it. */
  tired(): boolean {
    if (!this.exclusive || this.#state === 'settling' || performance.now() - this.#since < PATIENCE_MS) return false
    this.share(PATIENCE_MS)
    return true
  }

  /** Let the suspect go: it is a job like others now. The next one may be claimed after a rest. */
  share(restMs: number): void {
    this.#state = 'idle'
    this.#job = undefined
    this.#notBefore = performance.now() + restMs
  }

  /** The suspect was taken back before it started. */
  dropped(job: string): void {
    if (job !== this.#job) return
    this.#job = undefined
    this.#state = 'idle'
  }

  /** If it was the suspect that ended, its end must be written before anything else starts. */
  ended(attempt: Attempt): void {
    if (attempt.job.id !== this.#job || this.#state !== 'alone') return
    this.#notBefore = performance.now() + Math.min(PATIENCE_MS, performance.now() - attempt.startedAt)
    this.#state = 'settling'
  }

  /** True when these ends hold the end of the suspect that ran alone. */
  written(ends: readonly ClaimEnd[]): boolean {
    if (this.#state !== 'settling' || !ends.some((end) => end.id === this.#job)) return false
    this.dropped(this.#job as string)
    return true
  }

  /** How long until the next one may be claimed. */
  get restMs(): number {
    return Math.max(0, this.#notBefore - performance.now())
  }
}
