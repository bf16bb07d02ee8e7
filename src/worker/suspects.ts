/**
 * Suspects: jobs that ran when a process died. They are claimed one at a time and run with nothing beside them, so that a crash is theirs
 * and no innocent is blamed twice.
 *
 *   idle ─▶ claiming ──claimed──▶ holding ──nothing runs──▶ marking ──store told──▶ marked ─▶ alone ──ended──▶ settling ──written──▶ idle
 *                                    └───────────────── too long ──────────────────────▶ shared ───────────────ended───────────────┘
 * The store is told of the start before it happens, else a job that kills its process at once would never be convicted; and of the end
 * before anything else starts, else the next one's crash would be this one's. A job that takes longer than the patience here is no poison
 * pill: others then run beside it, and the store is told.
 */
import type { ClaimEnd, LaneLimit } from '../engine/index.js'
import type { Attempt } from './attempt.js'

const PATIENCE_MS = 10_000

export class Suspects {
  #lanes: readonly string[] = []
  #state: 'idle' | 'claiming' | 'holding' | 'marking' | 'marked' | 'alone' | 'settling' | 'shared' = 'idle'
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
    this.#state = 'shared'
    return true
  }

  /** The suspect was taken back before it started. */
  dropped(job: string): void {
    if (job !== this.#job) return
    this.#job = undefined
    this.#state = 'idle'
  }

  /** True when it was the suspect that ended, and others have been running beside it. */
  ended(attempt: Attempt): boolean {
    if (attempt.job.id !== this.#job) return false
    this.#notBefore = performance.now() + (performance.now() - attempt.startedAt)
    if (this.#state === 'alone') {
      this.#state = 'settling'
      return false
    }
    this.dropped(attempt.job.id)
    return true
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
