/** How much to claim, and whether there may be anything: what the hints, the answers to claims and the store's refusals have told. */
import type { ClaimRequest } from '../engine/index.js'
import { Prefetch } from './prefetch.js'
import type { QueuePlan } from './queue-plan.js'

const MAX_BATCH = 1000

export class Appetite {
  readonly #plan: QueuePlan
  readonly #concurrency: number
  readonly #prefetch: Prefetch
  #maxBatch = MAX_BATCH
  /** There may be something to claim. A hint that comes while a claim is under way counts for the next. */
  #work = true
  #hints = 0
  #hintsAtClaim = 0
  #latestClaim: string | undefined
  /** Just these jobs, to be claimed once, and nothing after them. */
  #only: readonly string[] | undefined

  constructor(plan: QueuePlan, concurrency: number, only?: readonly string[]) {
    this.#plan = plan
    this.#only = only
    this.#concurrency = concurrency
    this.#prefetch = new Prefetch(concurrency)
  }

  /** There may be work. */
  get work(): boolean {
    return this.#work
  }

  hinted(): void {
    this.#hints++
    this.#work = true
  }

  /**
   * A job of this queue has left. A queue that was full is left out of claims, also of one that is under way now: that they find nothing
   * says nothing of it.
   */
  roomMade(queue: string): void {
    if (this.#plan.isCapped(queue)) this.hinted()
  }

  started(): void {
    this.#prefetch.consumed()
  }

  /** What to claim now. @param here jobs running and waiting here @param claiming jobs asked for by claims under way */
  request(here: number, claiming: number): Omit<ClaimRequest, 'lease'> | null {
    if (this.#only) {
      const limit = claiming > 0 ? 0 : this.#only.length
      return limit === 0 ? null : { lanes: [], limit, starting: Math.min(limit, this.#concurrency), only: this.#only }
    }
    // Of two claims under way the later may be answered first: with one slot, jobs run in order.
    if ((this.#plan.capped || this.#concurrency === 1) && claiming > 0) return null
    const held = here + claiming
    const limit = Math.min(this.#maxBatch, this.#prefetch.capacity() - held)
    const lanes = limit > 0 ? this.#plan.lanes(limit) : []
    if (lanes.length === 0) return null
    // With a slot free the first of them starts at once. The others count as started when they are: a process that dies in the first one
    // must cost them nothing.
    return { lanes, limit, starting: held < this.#concurrency ? 1 : 0 }
  }

  /** The claim is being sent. */
  sent(lease: string): void {
    this.#latestClaim = lease
    this.#hintsAtClaim = this.#hints
  }

  /** Only the answer to the latest claim can say that nothing is left: an older one has seen less. */
  answered(lease: string, more: boolean): void {
    if (this.#only) this.#only = []
    this.#maxBatch = Math.min(MAX_BATCH, this.#maxBatch * 2)
    if (more || this.#hints !== this.#hintsAtClaim) this.#work = true
    else if (lease === this.#latestClaim) this.#work = false
  }

  /** The store refused the claim: perhaps it was more than the store or this process can take at once. */
  refused(): void {
    this.#work = false
    this.#maxBatch = Math.max(1, this.#maxBatch >> 2)
  }
}
