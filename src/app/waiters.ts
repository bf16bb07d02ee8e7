/** Those who wait for jobs to end: one poll for all of them, sooner when a worker in this process wrote the end. */
import { decodeJson, type Failure, timerMs, WorksongError } from '../core/index.js'
import type { Engine, Settled } from '../engine/index.js'

interface Waiter {
  readonly resolve: (settled: Settled) => void
  readonly reject: (error: unknown) => void
}

const FIRST_POLL_MS = 10
const MAX_POLL_MS = 500

export class Waiters {
  readonly #engine: Engine
  readonly #waiting = new Map<string, Set<Waiter>>()
  #timer: NodeJS.Timeout | undefined
  #delay = FIRST_POLL_MS

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /**
   * The end of a job; rejects with WS_TIMEOUT. A job that does not exist is waited for too: it may be in a transaction not yet committed.
   */
  wait(id: string, timeoutMs: number | undefined): Promise<Settled> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined
      const done = () => {
        clearTimeout(timer)
        const waiters = this.#waiting.get(id)
        waiters?.delete(waiter)
        if (waiters?.size === 0) this.#waiting.delete(id)
      }
      const waiter: Waiter = {
        resolve: (settled) => {
          done()
          resolve(settled)
        },
        reject: (error) => {
          done()
          reject(error)
        },
      }
      if (timeoutMs !== undefined) {
        const ms = timerMs(timeoutMs)
        timer = setTimeout(() => waiter.reject(new WorksongError('WS_TIMEOUT', `Job ${id} had not ended after ${ms} ms`)), ms)
      }
      this.#waiting.set(id, (this.#waiting.get(id) ?? new Set()).add(waiter))
      this.#pollIn(0)
    })
  }

  /** A worker here has just written this job's end. */
  ended(id: string): void {
    if (this.#waiting.size > 0 && this.#waiting.has(id)) this.#pollIn(0)
  }

  close(): void {
    clearTimeout(this.#timer)
    const error = new WorksongError('WS_CLOSED', 'The app was closed while a job was waited for')
    for (const waiters of [...this.#waiting.values()]) for (const waiter of [...waiters]) waiter.reject(error)
  }

  #pollIn(ms: number): void {
    if (ms === 0) this.#delay = FIRST_POLL_MS
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#poll(), ms)
  }

  async #poll(): Promise<void> {
    // Who comes while the store is being asked is not told: the job may have been let run again meanwhile.
    const asked = new Map([...this.#waiting].map(([id, waiters]) => [id, [...waiters]]))
    try {
      const found = await this.#engine.settledJobs({ ids: [...asked.keys()] })
      for (const settled of found) for (const waiter of asked.get(settled.id) ?? []) waiter.resolve(settled)
    } catch (error) {
      const { retryable } = error as { retryable?: boolean }
      if (!retryable) for (const waiter of [...asked.values()].flat()) waiter.reject(error)
    }
    if (this.#waiting.size === 0) return
    this.#pollIn(this.#delay)
    this.#delay = Math.min(this.#delay * 1.5, MAX_POLL_MS)
  }
}

/** The result of a settled job. @throws the job's error as WS_JOB_DEAD or WS_JOB_CANCELLED, its failure as `cause` */
export function resultOf(settled: Settled): unknown {
  const body = settled.body === null ? undefined : decodeJson(settled.body, 'result')
  if (settled.state === 'succeeded') return body
  const failure = body as Failure | undefined
  const code = settled.state === 'dead' ? 'WS_JOB_DEAD' : 'WS_JOB_CANCELLED'
  const cause = failure ? Object.assign(new Error(failure.message), failure) : undefined
  throw new WorksongError(code, `Job ${settled.id} is ${settled.state}: ${failure?.message ?? 'no reason was given'}`, { cause })
}
