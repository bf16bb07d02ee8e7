/**
 * Turns: each writes the ends that have gathered and, in the same transaction, claims what the session wants next. Ends and wants gather
 * while turns are under way, so batches grow by themselves under load. While the store is away a turn keeps its ends and tries again.
 */
import { isWorksongError, type Logger, newToken, plainFailure } from '../core/index.js'
import type { ClaimEnd, Claimed, ClaimRequest, Engine, FinishRequest, FinishResult } from '../engine/index.js'
import type { LeaseBook } from './leases.js'

export interface TurnsHost {
  readonly worker: string
  /** What to claim now, or null. Only asks: not every want becomes a claim. */
  wants(): Omit<ClaimRequest, 'lease'> | null
  /** This claim is being sent. */
  onClaiming(request: ClaimRequest): void
  /** Before ends are written: what else must be durable first. */
  beforeFinish(): Promise<void> | undefined
  onClaimed(claimed: Claimed, request: ClaimRequest): void
  /** The claim of a turn failed for good. */
  onClaimFailed(request: ClaimRequest): void
  onWritten(ends: readonly ClaimEnd[], refused: ReadonlySet<number>, cancelled: ReadonlySet<number>): void
}

const FIRST_RETRY_MS = 10
const MAX_RETRY_MS = 1000
/** A second turn beside one under way is worth it only for this much. */
const SIDE_ENDS = 64
const SIDE_WANT = 128
const UNSTORABLE = '{"name":"UnstorableEnd"'

type Answer = FinishResult & { readonly claimed: Claimed | undefined }

/**
 * Errors that are about what was to be written. All others (no rights, a password that has changed, a table that is being migrated) are
 * about the store: they may pass, and ends must not be lost to them.
 */
function isRefusal(error: unknown): boolean {
  if (!isWorksongError(error)) return false
  return !error.retryable && (error.code === 'WS_STORE_FAILED' || error.code === 'WS_TOO_LARGE' || error.code === 'WS_UNSTORABLE')
}

export class Turns {
  readonly #engine: Engine
  readonly #book: LeaseBook
  readonly #host: TurnsHost
  readonly #logger: Logger | undefined
  #ends: ClaimEnd[] = []
  #underWay = 0
  #scheduled = false
  #abandoned = false
  #idle: (() => void)[] = []

  constructor(engine: Engine, book: LeaseBook, host: TurnsHost, logger: Logger | undefined) {
    this.#engine = engine
    this.#book = book
    this.#host = host
    this.#logger = logger
  }

  add(end: ClaimEnd): void {
    this.#ends.push(end)
    this.kick()
  }

  /** Something may be to do: look at the end of this turn of the event loop, so that what happens together goes together. */
  kick(): void {
    if (this.#scheduled || this.#abandoned) return
    this.#scheduled = true
    setImmediate(this.#pump)
  }

  /** Resolves when nothing is under way and nothing waits to be written. */
  async settled(): Promise<void> {
    this.kick()
    while (!this.#abandoned && (this.#underWay > 0 || this.#ends.length > 0 || this.#scheduled || this.#book.closable)) {
      await new Promise<void>((resolve) => this.#idle.push(resolve))
    }
  }

  /** The lease is lost: what is held would be refused. Turns under way end by themselves. */
  abandon(): number {
    this.#abandoned = true
    const lost = this.#ends.length
    this.#ends = []
    this.#wakeIdle()
    return lost
  }

  readonly #pump = (): void => {
    this.#scheduled = false
    while (!this.#abandoned && this.#underWay < this.#engine.capabilities.lanes) {
      const beside = this.#underWay > 0
      if (beside && this.#ends.length < SIDE_ENDS && this.#ends.length > 0) return
      const wants = this.#host.wants()
      if (beside && this.#ends.length === 0 && (wants?.limit ?? 0) < SIDE_WANT) return
      if (this.#ends.length === 0 && !wants && !this.#book.closable && (beside || !this.#book.markable)) break
      void this.#turn(wants)
    }
    if (this.#underWay === 0) this.#wakeIdle()
  }

  async #turn(wants: Omit<ClaimRequest, 'lease'> | null): Promise<void> {
    this.#underWay++
    const finish = this.#finishOf(this.#ends)
    this.#ends = []
    const claim = wants ? { ...wants, lease: newToken() } : undefined
    if (claim) {
      this.#claiming += claim.limit
      this.#host.onClaiming(claim)
    }
    try {
      await this.#write(finish, claim)
    } catch (error) {
      this.#logger?.error({ code: 'worker.turn.failed', error, ends: finish.ends.length }, 'a turn of the worker failed')
    } finally {
      this.#underWay--
      this.kick()
    }
  }

  /** Jobs asked for by claims under way. */
  get claiming(): number {
    return this.#claiming
  }
  #claiming = 0

  /** From here on these ends are under way: no other flush may close their leases. So it is made as they are taken, before any waiting. */
  #finishOf(ends: readonly ClaimEnd[]): FinishRequest {
    return { worker: this.#host.worker, ends, ...this.#book.report(ends) }
  }

  async #write(finish: FinishRequest, claim: ClaimRequest | undefined): Promise<void> {
    const { ends } = finish
    let request = claim
    for (let delay = FIRST_RETRY_MS; ; delay = Math.min(delay * 2, MAX_RETRY_MS)) {
      try {
        // Before each try: what a blink put back must be written while the jobs are still this worker's.
        if (ends.length > 0) await this.#host.beforeFinish()
        const answer = await this.#call(finish, request)
        this.#claimDone(claim)
        this.#book.flown(ends, finish.closing)
        return this.#tell(ends, answer, request)
      } catch (error) {
        if (this.#abandoned || isWorksongError(error, 'WS_CLOSED')) return this.#giveUp(request)
        if (isRefusal(error)) return this.#refusedByStore(finish, request, error)
        this.#logger?.warn({ code: 'worker.store.away', error, ends: ends.length }, 'the store did not take a turn; trying again')
        if (isWorksongError(error) && error.unknownOutcome && request) request = { ...request, replay: true }
        await new Promise((resolve) => setTimeout(resolve, delay))
      }
    }
  }

  /** What was claimed is the worker's now, whatever the hooks of the ends do. */
  #tell(ends: readonly ClaimEnd[], answer: Answer, request: ClaimRequest | undefined): void {
    try {
      if (ends.length > 0) this.#host.onWritten(ends, new Set(answer.refused), new Set(answer.cancelled))
    } catch (error) {
      this.#logger?.error({ code: 'worker.turn.failed', error, ends: ends.length }, 'what follows the end of a job failed')
    }
    if (request && answer.claimed) this.#host.onClaimed(answer.claimed, request)
  }

  async #call(finish: FinishRequest, claim: ClaimRequest | undefined): Promise<Answer> {
    const { worker } = this.#host
    if (!claim) return { ...(await this.#engine.finishIfOwned(finish)), claimed: undefined }
    if (finish.ends.length > 0 || finish.closing.length > 0 || (finish.started?.length ?? 0) > 0) {
      return this.#engine.finishThenClaim({ ...finish, claim })
    }
    return { refused: [], cancelled: [], claimed: await this.#engine.claim({ ...claim, worker }) }
  }

  /** The store refuses the statement for good: find the guilty end, so that the others are written; the claim is dropped. */
  async #refusedByStore(finish: FinishRequest, claim: ClaimRequest | undefined, error: unknown): Promise<void> {
    this.#giveUp(claim)
    if (finish.ends.length === 0) {
      this.#logger?.error({ code: 'worker.claim.failed', error }, 'the store refused a claim')
      if (claim && finish.closing.length > 0) await this.#write(finish, undefined)
      return
    }
    if (finish.ends.length > 1) return this.#writeHalves(finish)
    const end = finish.ends[0] as ClaimEnd
    this.#logger?.error({ code: 'worker.end.refused', error, job: end.id, end: end.end }, 'the store cannot take the end of a job')
    if (end.body?.startsWith(UNSTORABLE)) {
      this.#book.flown(finish.ends, finish.closing)
      return this.#host.onWritten(finish.ends, new Set([0]), new Set())
    }
    const body = JSON.stringify(plainFailure('UnstorableEnd', `The store refused the ${end.end} end: ${String(error)}`))
    await this.#write({ ...finish, ends: [{ ...end, end: 'dead', body }] }, undefined)
  }

  /** Both are under way at once, so that neither closes a lease of the other's; the second closes what the whole would have. */
  async #writeHalves(finish: FinishRequest): Promise<void> {
    const half = finish.ends.length >> 1
    this.#book.grounded(finish.ends)
    const first = this.#finishOf(finish.ends.slice(0, half))
    const second = this.#finishOf(finish.ends.slice(half))
    await this.#write(first, undefined)
    await this.#write({ ...finish, ends: second.ends, closing: [...finish.closing, ...second.closing] }, undefined)
  }

  #giveUp(claim: ClaimRequest | undefined): void {
    this.#claimDone(claim)
    if (claim) this.#host.onClaimFailed(claim)
  }

  #claimDone(claim: ClaimRequest | undefined): void {
    if (claim) this.#claiming -= claim.limit
  }

  #wakeIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}
