/**
 * One attempt of one job, as a pipeline to be read aloud: decode, validate, middleware, handler, outcome.
 * It yields a decision; the turns write it. It settles once: by its handler, or without it (timeout past grace, stop, lost lease).
 */
import {
  isOutcome,
  isPromise,
  type JobDefinition,
  parseRetry,
  parseWith,
  type RetryOption,
  type RetryPolicy,
  WorksongError,
} from '../core/index.js'
import type { ClaimEnd, ClaimedJob } from '../engine/index.js'
import { AttemptContext } from './context.js'
import { readInput } from './input.js'
import { type AttemptFacts, type Decision, decideAborted, decideReturn, decideThrow } from './outcomes.js'
import type { AttemptRecorder } from './recorder.js'

/** What all attempts of a session share, so that an attempt holds no closures of its own. */
export interface AttemptHost {
  readonly recorder: AttemptRecorder
  readonly maxResultBytes: number
  /** Run the handler of a job in a thread of its own. */
  runInThread(attempt: Attempt): Promise<unknown>
  /** Called once per attempt. */
  onSettled(attempt: Attempt, decision: Decision): void
  /** The handler went on after its attempt had been settled without it. */
  onLate(attempt: Attempt): void
  /** Run `run(attempt)` so that what it enqueues knows its parent. */
  within<T>(attempt: Attempt, run: (attempt: Attempt) => T): T
}

/** One function for all attempts, in place of a closure for each. */
const performed = (attempt: Attempt): unknown => attempt.perform()

export class Attempt implements AttemptFacts {
  readonly job: ClaimedJob
  readonly definition: JobDefinition
  readonly lease: string
  readonly host: AttemptHost
  readonly startedAt: number = performance.now()
  readonly maxResultBytes: number
  /** performance.now() at which it times out, or Infinity. */
  readonly deadline: number
  settled = false
  /** What it failed with, as it was thrown. */
  thrown: unknown
  /** Called once it has settled, by its handler or without it. */
  onSettled: (() => void) | undefined
  /** Called when its signal is aborted. */
  onAbort: ((reason: WorksongError) => void) | undefined
  #controller: AbortController | undefined
  #abortedWith: WorksongError | undefined

  constructor(job: ClaimedJob, definition: JobDefinition, lease: string, host: AttemptHost) {
    this.job = job
    this.definition = definition
    this.lease = lease
    this.host = host
    this.maxResultBytes = host.maxResultBytes
    const timeoutMs = job.extras?.overrides?.timeoutMs ?? definition.timeoutMs
    this.deadline = timeoutMs === undefined ? Number.POSITIVE_INFINITY : this.startedAt + timeoutMs
  }

  get used(): number {
    return this.job.used
  }

  get maxAttempts(): number {
    return this.job.maxAttempts
  }

  /** A policy of the job's own that a newer version has written may be unreadable here: then the definition's holds. */
  get policy(): RetryPolicy {
    const override = this.job.extras?.overrides?.retry
    if (override === undefined) return this.definition.retry
    try {
      return parseRetry(override as RetryOption)
    } catch {
      return this.definition.retry
    }
  }

  /** Made when first asked for: an AbortController costs three times as much as the rest of an attempt. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#abortedWith) this.#controller.abort(this.#abortedWith)
    }
    return this.#controller.signal
  }

  get abortedWith(): WorksongError | undefined {
    return this.#abortedWith
  }

  /** Abort the handler's signal, once, with the reason. A cancel that comes after a timeout still decides how the attempt ends. */
  abort(reason: WorksongError): void {
    const cancelled = reason.code === 'WS_JOB_CANCELLED' && this.#abortedWith?.code === 'WS_TIMEOUT'
    if (this.#abortedWith && !cancelled) return
    this.#abortedWith = reason
    if (cancelled) return
    this.#controller?.abort(reason)
    this.onAbort?.(reason)
  }

  /**
   * Run it to its end. Never rejects. One await for the handler, and one more only where it is needed: a promise costs a tenth of a no-op
   * job.
   */
  async run(): Promise<void> {
    let decision: Decision
    try {
      const value = await this.host.within(this, performed)
      const output = this.definition.output ? await this.#output(value) : value
      decision = decideReturn(output, this)
    } catch (thrown) {
      this.thrown = thrown
      decision = this.#abortedWith ? decideAborted(thrown, this.#abortedWith, this) : decideThrow(thrown, this)
    }
    if (this.settled) this.host.onLate(this)
    else this.settle(decision)
  }

  /** End it with this decision, whether or not its handler has finished. */
  settle(decision: Decision): void {
    if (this.settled) return
    this.settled = true
    this.onSettled?.()
    this.host.onSettled(this, decision)
  }

  /** The end to be written, for a decision. */
  endWith(decision: Decision): ClaimEnd {
    const { id, claim, entry, queue } = this.job
    const ranMs = Math.round(performance.now() - this.startedAt)
    const { end, used, body, delayMs } = decision
    const done = { lease: this.lease, id, claim, entry, queue, end, used, ranMs, body }
    return delayMs === undefined ? done : { ...done, delayMs }
  }

  /** Decode, validate, and hand over to the middleware and the handler. */
  perform(): unknown {
    if (this.definition.isolation === 'thread') return this.host.runInThread(this)
    const input = readInput(this.definition, this.job.payload)
    return isPromise(input) ? input.then((parsed) => this.#handle(parsed)) : this.#handle(input)
  }

  #handle(input: unknown): unknown {
    const { run, middleware } = this.definition
    if (!run) throw new WorksongError('WS_NO_HANDLER', `Job '${this.job.kind}' has no handler here`)
    const context = new AttemptContext(this)
    if (middleware.length === 0) return run(input, context)
    const step = async (at: number): Promise<unknown> => {
      const layer = middleware[at]
      return layer ? layer(context, () => step(at + 1)) : run(input, context)
    }
    return step(0)
  }

  #output(value: unknown): unknown {
    if (isOutcome(value)) return value
    return parseWith(this.definition.output, value, 'WS_INVALID_OUTPUT', `result of ${this.job.kind}`)
  }
}
