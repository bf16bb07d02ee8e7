/** Slots and the buffer before them: claimed jobs wait here in claim order, and run when a slot is free. */
import type { JobDefinition, WorksongError } from '../core/index.js'
import type { ClaimedJob } from '../engine/index.js'
import { Attempt, type AttemptHost } from './attempt.js'
import { decideInterrupted } from './outcomes.js'
import type { Suspects } from './suspects.js'

export interface Waiting {
  readonly job: ClaimedJob
  readonly lease: string
  readonly definition: JobDefinition
  /** Its place in its lease, from 0. */
  readonly place: number
  /** The store knows of its start, before it happens. */
  told: boolean
}

/** Keeps the lease while handlers block the main loop. */
export interface LeaseGuard {
  /** Nothing starts before this. */
  ready(): Promise<void>
  /** No suspect starts before this: it may have blocked the worker that it was lost with, and that makes no poison pill. */
  sure(): Promise<void>
}

export interface SlotsHost extends AttemptHost {
  onStarted(attempt: Attempt, place: number): void
  /** Nothing runs beside the suspect that is next: tell the store of its start, then `fill` again. */
  markAlone(next: Waiting): void
  /** True once the store knows that the first `count` jobs of the lease have started. */
  tellStarts(lease: string, count: number): Promise<boolean>
}

/** What an interrupted handler may take to clean up. */
const INTERRUPT_MS = 1000

export class Slots {
  readonly running = new Map<string, Attempt>()
  readonly #concurrency: number
  readonly #host: SlotsHost
  readonly #suspects: Suspects
  #buffer: Waiting[] = []
  #at = 0
  #telling = false
  readonly #guard: LeaseGuard
  #guarded: 'no' | 'soon' | 'ready' | 'sure' = 'no'

  constructor(concurrency: number, host: SlotsHost, suspects: Suspects, guard: LeaseGuard) {
    this.#guard = guard
    this.#concurrency = concurrency
    this.#host = host
    this.#suspects = suspects
  }

  /** Claimed and not started. */
  get buffered(): number {
    return this.#buffer.length - this.#at
  }

  get load(): { running: number; buffered: number } {
    return { running: this.running.size, buffered: this.buffered }
  }

  push(waiting: Waiting): void {
    this.#buffer.push(waiting)
  }

  /** Start what may start. */
  fill(): void {
    if (this.buffered === 0 || !this.#mayStart()) return
    while (this.running.size < this.#concurrency && this.#at < this.#buffer.length && !this.#suspects.runningAlone) {
      const next = this.#buffer[this.#at] as Waiting
      if (this.#suspects.mustWait(next.job.id)) {
        if (!this.#mayStartAlone(next)) return
      } else if (next.job.maxAttempts === 1 && !next.told) {
        this.#tellStarts(next.lease)
        return
      }
      this.#advance()
      this.#start(next)
    }
  }

  #mayStart(): boolean {
    if (this.#guarded === 'no') this.#wait(this.#guard.ready(), 'ready')
    return this.#guarded !== 'soon'
  }

  #wait(promise: Promise<void>, then: 'ready' | 'sure'): void {
    this.#guarded = 'soon'
    void promise.then(() => {
      this.#guarded = then
      this.fill()
    })
  }

  #mayStartAlone(next: Waiting): boolean {
    if (this.running.size > 0) return false
    if (this.#suspects.mayStart) {
      this.#suspects.startedAlone()
      return true
    }
    if (this.#guarded === 'sure') this.#host.markAlone(next)
    else this.#wait(this.#guard.sure(), 'sure')
    return false
  }

  /**
   * A job with one attempt in all must not run twice: the store hears of its start before it happens. (The claim does not count: Postgres
   * may forget it in a crash.) All of its lease that will start with it is told in the same call; if the process dies before they start,
   * they are dead without having run, which at most once demands.
   */
  #tellStarts(lease: string): void {
    if (this.#telling) return
    this.#telling = true
    const next = this.#buffer.slice(this.#at, this.#at + this.#concurrency - this.running.size)
    const other = next.findIndex((waiting) => waiting.lease !== lease)
    const starting = other === -1 ? next : next.slice(0, other)
    void this.#host.tellStarts(lease, (starting.at(-1) as Waiting).place + 1).then((told) => {
      this.#telling = false
      if (!told) return
      for (const waiting of starting) waiting.told = true
      this.fill()
    })
  }

  /** Abort what runs; what has not settled by itself after a while is settled as interrupted, and a handler in a thread killed. */
  async interrupt(reason: WorksongError): Promise<void> {
    for (const attempt of [...this.running.values()]) attempt.abort(reason)
    const end = performance.now() + INTERRUPT_MS
    while (this.running.size > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5))
    for (const attempt of [...this.running.values()]) attempt.settle(decideInterrupted(attempt))
  }

  /** Take back what has not started: all of it, or one job. */
  takeBuffered(id?: string): Waiting[] {
    const waiting = this.#buffer.slice(this.#at)
    const taken = id === undefined ? waiting : waiting.filter((one) => one.job.id === id)
    if (taken.length === 0) return taken
    this.#buffer = id === undefined ? [] : waiting.filter((one) => one.job.id !== id)
    this.#at = 0
    return taken
  }

  #advance(): void {
    this.#at++
    if (this.#at < this.#buffer.length) return
    this.#buffer = []
    this.#at = 0
  }

  #start(waiting: Waiting): void {
    const attempt = new Attempt(waiting.job, waiting.definition, waiting.lease, this.#host)
    this.running.set(waiting.job.id, attempt)
    this.#host.onStarted(attempt, waiting.place)
    void attempt.run()
  }
}
