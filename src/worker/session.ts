/**
 * One identity of a worker, from registration to its end: decides what to claim, takes what was claimed, and hands ends to the turns.
 *
 *   open ◀──quiet()──▶ quiet (no claims; running jobs go on) ──drain()──▶ draining (the same, for good) ──▶ closed
 *     └──lose()──▶ lost (declared dead by others: everything is aborted, nothing more is written)
 */
import { isSuspectLane, kindLane, suspectLane, WorksongError } from '../core/index.js'
import type { ClaimEnd, Claimed, ClaimedJob, ClaimRequest, Pulse } from '../engine/index.js'
import { Appetite } from './appetite.js'
import type { Attempt } from './attempt.js'
import { Deadlines } from './deadlines.js'
import { LeaseBook } from './leases.js'
import { Marks } from './marks.js'
import { type Decision, decideCancelled, decideInterrupted, factsOf } from './outcomes.js'
import { Recorder } from './recorder.js'
import type { SessionTools } from './session-tools.js'
import { Slots, type SlotsHost, type Waiting } from './slots.js'
import { PATIENCE_MS, Suspects } from './suspects.js'
import { Turns, type TurnsHost } from './turns.js'

/** After a claim that found only jobs locked by others. */
const LOCKED_RETRY_MS = 5
/** After a claim that the store refused for good: no right, no table. */
const REFUSED_RETRY_MS = 1000

export class Session implements SlotsHost, TurnsHost {
  readonly worker: string
  readonly recorder: Recorder
  readonly maxResultBytes: number
  readonly #tools: SessionTools
  readonly #book = new LeaseBook()
  /** Those that can be run here: a contract without a handler is for producers. */
  readonly #kinds: readonly string[]
  readonly #turns: Turns
  readonly #marks: Marks
  readonly #slots: Slots
  readonly #appetite: Appetite
  readonly #deadlines = new Deadlines()
  readonly #suspects = new Suspects()
  /** Attempts whose ends are on their way to the store, for the hooks. */
  readonly #ending = new Map<string, Attempt>()
  #state: 'open' | 'quiet' | 'draining' | 'lost' = 'open'
  #retry: NodeJS.Timeout | undefined
  #rest: NodeJS.Timeout | undefined
  #drained: (() => void)[] = []
  /** Jobs that had started and were given back. */
  #returned = 0

  constructor(worker: string, tools: SessionTools) {
    this.worker = worker
    this.#tools = tools
    this.maxResultBytes = tools.maxResultBytes
    this.recorder = new Recorder(tools.engine, tools.logger, tools.watch)
    this.#kinds = [...tools.definitions.values()].filter((job) => job.run).map((job) => job.name)
    this.#appetite = new Appetite(tools.plan, tools.concurrency, tools.only)
    this.#slots = new Slots(tools.concurrency, this, this.#suspects, tools.guard)
    this.#turns = new Turns(tools.engine, this.#book, this, tools.logger)
    this.#marks = new Marks(tools.engine, worker, this.#book, this.#turns, tools.logger)
  }

  /** Jobs running, and claimed but not started. */
  get load(): { running: number; buffered: number } {
    return this.#slots.load
  }

  get returned(): number {
    return this.#returned
  }

  /** There may be work: claim. */
  wake(): void {
    this.#appetite.hinted()
    this.#turns.kick()
  }

  /** What the poll found. */
  onPulse(pulse: Pulse): void {
    this.#tools.plan.sawLanes(pulse.lanes, this.#kinds)
    this.#suspects.saw(pulse.lanes.filter(isSuspectLane))
    for (const signal of pulse.signals) this.cancel(signal.id, signal.reason)
    if (this.#suspects.tired()) {
      this.#book.share()
      this.#afterSuspect()
    }
    if (this.#state === 'open') this.#slots.fill()
    if (pulse.lanes.length > 0) this.wake()
  }

  /** A cancel was asked for: the handler is told; what has not started ends at once. */
  cancel(id: string, reason: string | null): void {
    const attempt = this.#slots.running.get(id)
    attempt?.abort(new WorksongError('WS_JOB_CANCELLED', reason ?? 'cancelled'))
    if (attempt) this.#deadlines.cancelled(attempt)
    for (const waiting of this.#slots.takeBuffered(id)) {
      this.#endUnstarted(waiting.job, waiting.lease, { ...decideCancelled(reason, factsOf(waiting.job)), used: waiting.job.used })
    }
  }

  wants(): Omit<ClaimRequest, 'lease'> | null {
    if (this.#state !== 'open' || !this.#appetite.work) return null
    const suspectLanes = this.#suspects.toClaim()
    if (suspectLanes) return { lanes: suspectLanes, limit: 1, starting: 0, alone: true }
    if (this.#suspects.exclusive) return null
    const { running, buffered } = this.load
    return this.#appetite.request(running + buffered, this.#turns.claiming)
  }

  onClaiming({ lease, alone }: ClaimRequest): void {
    if (alone) this.#suspects.claiming()
    else this.#appetite.sent(lease)
  }

  beforeFinish(): Promise<void> | undefined {
    return this.recorder.dirty ? this.recorder.flush() : undefined
  }

  onClaimed(claimed: Claimed, request: ClaimRequest): void {
    const { lease, jobs, more } = claimed
    const alone = request.alone === true
    if (this.#state === 'lost') return
    this.#tools.onClaimed?.(jobs.length)
    if (jobs.length > 0) this.#book.opened(lease, jobs.length, request.starting, alone)
    jobs.forEach((job, place) => {
      this.#take(job, lease, place)
    })
    if (alone) this.#claimedSuspect(jobs)
    else this.#appetite.answered(lease, more)
    if (jobs.length > 0) this.#slots.fill()
    else if (more) this.#retryIn(LOCKED_RETRY_MS)
    if (this.#appetite.work && (jobs.length > 0 || !more)) this.#turns.kick()
  }

  /** Beside jobs that run for long it cannot have the worker for itself, so it need not wait for that. */
  #claimedSuspect(jobs: readonly ClaimedJob[]): void {
    this.#suspects.claimed(jobs.find((job) => this.#tools.definitions.get(job.kind)?.run)?.id)
    const longAgo = performance.now() - PATIENCE_MS
    if (jobs.length === 0 || ![...this.#slots.running.values()].some((attempt) => attempt.startedAt < longAgo)) return
    this.#suspects.share(0)
    this.#book.share()
    this.#appetite.hinted()
  }

  onClaimFailed(request: ClaimRequest): void {
    if (request.alone) this.#suspects.claimed(undefined)
    this.#appetite.refused()
    if (this.#state === 'open') this.#retryIn(REFUSED_RETRY_MS)
  }

  onWritten(ends: readonly ClaimEnd[], refused: ReadonlySet<number>, cancelled: ReadonlySet<number>): void {
    if (this.#suspects.written(ends)) this.#afterSuspect()
    for (let at = 0; at < ends.length; at++) {
      const end = ends[at] as ClaimEnd
      const attempt = this.#ending.size > 0 ? this.#ending.get(end.id) : undefined
      if (attempt) this.#ending.delete(end.id)
      if (refused.has(at)) {
        this.#tools.logger?.warn({ code: 'job.end.refused', job: end.id, end: end.end }, 'the end of a job came too late')
      } else this.#tools.onEnd(cancelled.has(at) ? { ...end, end: 'cancelled' } : end, attempt)
    }
  }

  onSettled(attempt: Attempt, decision: Decision): void {
    const { id, queue } = attempt.job
    this.#slots.running.delete(id)
    this.#deadlines.remove(attempt)
    if (this.#state === 'lost') return
    this.#tools.plan.count(queue, -1)
    this.#book.jobEnded(attempt.lease)
    if (decision.end !== 'succeeded') this.#ending.set(id, attempt)
    if (decision.end === 'returned') this.#returned++
    this.#turns.add(attempt.endWith(decision))
    this.#suspects.ended(attempt)
    this.#appetite.roomMade(queue)
    if (this.#state === 'open') this.#slots.fill()
    else if (this.#slots.running.size === 0) this.#wakeDrained()
  }

  onLate(attempt: Attempt): void {
    const { id, kind } = attempt.job
    this.#tools.logger?.warn({ code: 'job.late', job: id, name: kind }, 'a handler finished after its attempt had ended')
  }

  within<T>(attempt: Attempt, run: (attempt: Attempt) => T): T {
    return this.#tools.within(attempt, run)
  }

  runInThread(attempt: Attempt): Promise<unknown> {
    return this.#tools.runInThread(attempt)
  }

  /** No claims for now, and what has not started goes back; or claims again. */
  quiet(on: boolean): void {
    if (this.#state === (on ? 'open' : 'quiet')) this.#state = on ? 'quiet' : 'open'
    if (!on) this.wake()
    else for (const { job, lease } of this.#slots.takeBuffered()) this.#returnUnstarted(job, lease)
  }

  /** No more claims; what has not started goes back. Resolves when the running jobs have ended and everything is written. */
  async drain(): Promise<void> {
    this.quiet(true)
    if (this.#state === 'quiet') this.#state = 'draining'
    await this.#turns.settled()
    if (this.#slots.running.size > 0 && this.#state === 'draining') await new Promise<void>((resolve) => this.#drained.push(resolve))
    await this.#turns.settled()
  }

  /** Abort what runs; what does not settle by itself soon is settled as interrupted. */
  async interrupt(): Promise<void> {
    await this.#slots.interrupt(new WorksongError('WS_STOPPING', 'The worker is stopping'))
  }

  /** Others have declared this worker dead: abort everything, write nothing. */
  lose(): void {
    if (this.#state === 'lost') return
    this.#state = 'lost'
    const { running, buffered } = this.load
    const unwritten = this.#turns.abandon()
    this.#slots.takeBuffered()
    void this.#slots.interrupt(new WorksongError('WS_LEASE_LOST', 'The worker was silent for longer than its lease'))
    const lost = { code: 'worker.lost', worker: this.worker, running, buffered, unwritten }
    this.#tools.logger?.error(lost, 'this worker was declared dead; its jobs are given to others')
    this.close()
  }

  close(): void {
    clearTimeout(this.#retry)
    clearTimeout(this.#rest)
    this.#marks.close()
    this.#deadlines.close()
    this.recorder.close()
    this.#wakeDrained()
  }

  onStarted(attempt: Attempt, place: number): void {
    this.#marks.started(attempt.lease, place)
    this.#appetite.started()
    this.#deadlines.add(attempt)
  }

  tellStarts(lease: string, count: number): Promise<boolean> {
    return this.#marks.tell(lease, count)
  }

  markAlone({ lease }: Waiting): void {
    if (this.#suspects.toMark()) void this.#mark(lease)
  }

  async #mark(lease: string): Promise<void> {
    // The ends of those that ran before it, else its crash would be theirs.
    await this.#turns.settled()
    if (await this.#marks.tell(lease, 1)) {
      this.#suspects.marked()
      if (this.#state === 'open') this.#slots.fill()
    } else this.#suspects.unmarked()
  }

  /** Ordinary work goes on at once, the next suspect after the rest. */
  #afterSuspect(): void {
    this.#appetite.hinted()
    clearTimeout(this.#rest)
    this.#rest = setTimeout(() => this.wake(), this.#suspects.restMs + 1)
    if (this.#state === 'open') this.#slots.fill()
  }

  #take(job: ClaimedJob, lease: string, place: number): void {
    this.#tools.plan.count(job.queue, 1)
    const definition = this.#tools.definitions.get(job.kind)
    if (this.#state !== 'open') this.#returnUnstarted(job, lease)
    else if (definition?.run) this.#slots.push({ job, lease, definition, place, told: false })
    else this.#endUnstarted(job, lease, { end: 'returned', used: job.used, body: null }, kindLane(job.queue, job.kind))
  }

  /** A suspect stays one: its next worker, too, runs it alone. */
  #returnUnstarted(job: ClaimedJob, lease: string): void {
    this.#endUnstarted(job, lease, decideInterrupted(factsOf(job)), this.#book.isAlone(lease) ? suspectLane(job.queue) : undefined)
  }

  #endUnstarted(job: ClaimedJob, lease: string, decision: Decision, lane?: string): void {
    const { id, claim, entry, queue } = job
    this.#tools.plan.count(queue, -1)
    this.#book.jobEnded(lease)
    this.#suspects.dropped(id)
    this.#appetite.roomMade(queue)
    this.#turns.add({ lease, id, claim, entry, queue, ranMs: null, ...decision, ...(lane === undefined ? {} : { lane }) })
  }

  #retryIn(ms: number): void {
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.wake(), ms * (0.5 + Math.random()))
  }

  #wakeDrained(): void {
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}
