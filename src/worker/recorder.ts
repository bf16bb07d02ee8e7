/** Progress and log lines of running jobs: gathered, and written a few times a second in one fenced statement for all jobs. */
import { isWorksongError, type JobLog, type Logger, safeText, WorksongError } from '../core/index.js'
import type { Engine, LogWrite, ProgressWrite } from '../engine/index.js'
import type { Attempt } from './attempt.js'
import type { Level } from './thread-messages.js'

const EVERY_MS = 250
/** A store that is away for longer takes the end neither, and both are tried again together. */
const BLINK_MS = 15
const MAX_LINES_PER_JOB = 1000
const MAX_LINE = 8192
/** Lines kept in memory while the store is away; past it the newest are dropped, and the log says how many. */
const MAX_WAITING = 10_000
const NOT_STORED = 'progress and log lines could not be stored'

/** What an attempt reports to. */
export interface AttemptRecorder {
  progress(attempt: Attempt, body: string): void
  logOf(attempt: Attempt): JobLog
}

/** Somebody who looks on while a handler runs: told in place of the logger. */
export interface Watch {
  log(level: Level, message: string, fields: Record<string, unknown> | undefined): void
  /** @param report JSON text: { done, total, text } */
  progress(report: string): void
}

export class Recorder implements AttemptRecorder {
  readonly #engine: Engine
  readonly #logger: Logger | undefined
  readonly #watch: Watch | undefined
  #progress = new Map<string, ProgressWrite>()
  #lines: LogWrite[] = []
  /** Lines of each attempt. */
  readonly #counts = new WeakMap<Attempt, number>()
  #dropped = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #failing = false
  #closed = false

  constructor(engine: Engine, logger: Logger | undefined, watch?: Watch) {
    this.#engine = engine
    this.#logger = logger
    this.#watch = watch
  }

  get dirty(): boolean {
    return this.#waiting > 0 || this.#writing !== undefined
  }

  /** @throws WorksongError `WS_LEASE_LOST` when the job is not this worker's any more */
  progress(attempt: Attempt, body: string): void {
    refuseSettled(attempt)
    this.#progress.set(attempt.job.id, { ...tokenOf(attempt), body })
    this.#watch?.progress(body)
    this.#schedule()
  }

  logOf(attempt: Attempt): JobLog {
    const tell = teller(attempt, this.#logger, this.#watch)
    return jobLog((level, message, fields) => {
      tell(level, message, fields)
      this.#add(attempt, level, message, fields)
    })
  }

  /**
   * Write what has gathered by now: part of it may be in the write under way, the rest goes with one more. What comes later is not waited
   * for: somebody may be reporting all the time. Never rejects: what is lost is said in the log.
   */
  async flush(): Promise<void> {
    await this.#writing
    if (this.#waiting > 0) {
      this.#writing ??= this.#write().finally(() => {
        this.#writing = undefined
      })
    }
    // Also where nothing is left: another who waited may just have taken it with him.
    await this.#writing
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#waiting > 0) this.#sayLost(this.#waiting, undefined)
  }

  get #waiting(): number {
    return this.#progress.size + this.#lines.length
  }

  #add(attempt: Attempt, level: string, message: string, fields: Record<string, unknown> | undefined): void {
    if (attempt.settled) return
    // The store would not keep them: one job that talks too much must not take the room of the others.
    const count = (this.#counts.get(attempt) ?? 0) + 1
    if (count > MAX_LINES_PER_JOB) return
    this.#counts.set(attempt, count)
    if (this.#lines.length >= MAX_WAITING) {
      this.#dropped++
      return
    }
    const line = safeText(fields ? `${message} ${stringify(fields)}` : String(message), MAX_LINE)
    this.#lines.push({ ...tokenOf(attempt), level, line, at: Date.now() })
    this.#schedule()
  }

  #schedule(): void {
    if (this.#closed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.flush()
    }, EVERY_MS)
  }

  /** Who flushes before an end has no later chance, as the end would make the lines come too late: a blink of the store is waited for. */
  async #write(): Promise<void> {
    await this.#try()
    if (!this.#failing || this.#waiting === 0) return
    await new Promise((resolve) => setTimeout(resolve, BLINK_MS))
    await this.#try()
  }

  async #try(): Promise<void> {
    const progress = [...this.#progress.values()]
    const logs = this.#lines
    const dropped = this.#dropped
    this.#progress = new Map()
    this.#lines = []
    this.#dropped = 0
    try {
      const refused = await this.#engine.recordIfOwned({ progress, logs, maxLines: MAX_LINES_PER_JOB })
      this.#failing = false
      if (refused.length > 0)
        this.#logger?.warn({ code: 'job.record.refused', jobs: refused.slice(0, 20) }, 'progress or log lines came too late')
      if (dropped > 0) this.#logger?.warn({ code: 'job.log.dropped', dropped }, 'log lines were dropped: too many while the store was away')
    } catch (error) {
      const again = !this.#closed && isWorksongError(error) && error.retryable
      if (again) this.#putBack(progress, logs, dropped)
      else this.#sayLost(progress.length + logs.length, error)
      if (again && !this.#failing) this.#logger?.warn({ code: 'job.record.failed', error }, `${NOT_STORED}; trying again`)
      this.#failing = again
    }
  }

  #sayLost(lost: number, error: unknown): void {
    this.#logger?.warn({ code: 'job.record.failed', error, lost }, NOT_STORED)
  }

  /** Before what came meanwhile; a newer report of a job replaces its older one. */
  #putBack(progress: readonly ProgressWrite[], logs: readonly LogWrite[], dropped: number): void {
    this.#progress = new Map([...progress.map((one) => [one.id, one] as const), ...this.#progress])
    const lines = [...logs, ...this.#lines]
    this.#lines = lines.slice(0, MAX_WAITING)
    this.#dropped += dropped + lines.length - this.#lines.length
    this.#schedule()
  }
}

function tokenOf(attempt: Attempt): { lease: string; id: string; claim: number; entry: number } {
  const { id, claim, entry } = attempt.job
  return { lease: attempt.lease, id, claim, entry }
}

/** A lost lease is not this worker's any more, even while the handler goes on. */
function refuseSettled(attempt: Attempt): void {
  if (!attempt.settled && !isWorksongError(attempt.abortedWith, 'WS_LEASE_LOST')) return
  throw attempt.abortedWith ?? new WorksongError('WS_LEASE_LOST', `The attempt of job ${attempt.job.id} has ended`)
}

type Write = (level: Level, message: string, fields?: Record<string, unknown>) => void

export function jobLog(write: Write): JobLog {
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
  }
}

/** Tells who watches of a job's lines, else the logger, with what the job is. */
export function teller(attempt: Attempt, logger: Logger | undefined, watch: Watch | undefined): Write {
  if (watch) return (level, message, fields) => watch.log(level, message, fields)
  const { id, kind, queue } = attempt.job
  const bound = { job: id, name: kind, queue, attempt: attempt.used + 1 }
  return (level, message, fields) => logger?.[level]({ code: 'job.log', ...bound, ...beside(bound, fields) }, message)
}

/** The handler's fields without those that would take the place of the line's own, which go together under `fields`. */
function beside(own: object, fields: Record<string, unknown> | undefined): object | undefined {
  const taken = (name: string) => name === 'code' || name in own
  const entries = Object.entries(fields ?? {})
  if (!entries.some(([name]) => taken(name))) return fields
  const nested = Object.fromEntries(entries.filter(([name]) => taken(name) || name === 'fields'))
  return { ...Object.fromEntries(entries.filter(([name]) => !taken(name))), fields: nested }
}

function stringify(fields: Record<string, unknown>): string {
  try {
    return JSON.stringify(fields)
  } catch {
    return '[unprintable fields]'
  }
}
