/** Progress and log lines of running jobs: gathered, and written a few times a second in one fenced statement for all jobs. */
import { isWorksongError, type JobLog, type Logger, safeText, WorksongError } from '../core/index.js'
import type { Engine, LogWrite, ProgressWrite } from '../engine/index.js'
import type { Attempt } from './attempt.js'

const EVERY_MS = 250
const MAX_LINES_PER_JOB = 1000
const MAX_LINE = 8192
/** Lines kept in memory while the store is away; past it the newest are dropped, and the log says how many. */
const MAX_WAITING = 10_000

export class Recorder {
  readonly #engine: Engine
  readonly #logger: Logger | undefined
  #progress = new Map<string, ProgressWrite>()
  #lines: LogWrite[] = []
  #dropped = 0
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined

  constructor(engine: Engine, logger: Logger | undefined) {
    this.#engine = engine
    this.#logger = logger
  }

  get dirty(): boolean {
    return this.#progress.size > 0 || this.#lines.length > 0 || this.#flushing !== undefined
  }

  /** @throws WorksongError `WS_LEASE_LOST` when the job is not this worker's any more */
  progress(attempt: Attempt, body: string): void {
    refuseSettled(attempt)
    this.#progress.set(attempt.job.id, { ...tokenOf(attempt), body })
    this.#schedule()
  }

  logOf(attempt: Attempt): JobLog {
    const { id, kind, queue } = attempt.job
    const bound = { job: id, kind, queue, attempt: attempt.used + 1 }
    const write = (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => {
      this.#logger?.[level]({ code: 'job.log', ...bound, ...fields }, message)
      this.#add(attempt, level, message, fields)
    }
    return {
      debug: (message, fields) => write('debug', message, fields),
      info: (message, fields) => write('info', message, fields),
      warn: (message, fields) => write('warn', message, fields),
      error: (message, fields) => write('error', message, fields),
    }
  }

  /** Write what has gathered. Never rejects: what is lost is said in the log. */
  async flush(): Promise<void> {
    while (this.dirty) {
      this.#flushing ??= this.#write().finally(() => {
        this.#flushing = undefined
      })
      await this.#flushing
    }
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #add(attempt: Attempt, level: string, message: string, fields: Record<string, unknown> | undefined): void {
    if (attempt.settled) return
    if (this.#lines.length >= MAX_WAITING) {
      this.#dropped++
      return
    }
    const line = safeText(fields ? `${message} ${stringify(fields)}` : String(message), MAX_LINE)
    this.#lines.push({ ...tokenOf(attempt), level, line, at: Date.now() })
    this.#schedule()
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.flush()
    }, EVERY_MS)
  }

  async #write(): Promise<void> {
    const progress = [...this.#progress.values()]
    const logs = this.#lines
    const dropped = this.#dropped
    this.#progress = new Map()
    this.#lines = []
    this.#dropped = 0
    try {
      const refused = await this.#engine.recordIfOwned({ progress, logs, maxLines: MAX_LINES_PER_JOB })
      if (refused.length > 0)
        this.#logger?.warn({ code: 'job.record.refused', jobs: refused.slice(0, 20) }, 'progress or log lines came too late')
      if (dropped > 0) this.#logger?.warn({ code: 'job.log.dropped', dropped }, 'log lines were dropped: too many while the store was away')
    } catch (error) {
      this.#logger?.warn(
        { code: 'job.record.failed', error, lost: progress.length + logs.length },
        'progress and log lines could not be stored',
      )
    }
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

function stringify(fields: Record<string, unknown>): string {
  try {
    return JSON.stringify(fields)
  } catch {
    return '[unprintable fields]'
  }
}
