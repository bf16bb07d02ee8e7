/** What a handler gets as `ctx`. Everything in it is made when first asked for. */
import { encodeJson, type JobContext, type JobInfo, type JobLog, optionalText, WorksongError } from '../core/index.js'
import type { ClaimedJob } from '../engine/index.js'
import type { Attempt } from './attempt.js'

export class AttemptContext implements JobContext {
  readonly #attempt: Attempt
  #info: JobInfo | undefined
  #log: JobLog | undefined

  constructor(attempt: Attempt) {
    this.#attempt = attempt
  }

  get job(): JobInfo {
    this.#info ??= jobInfo(this.#attempt.job)
    return this.#info
  }

  get signal(): AbortSignal {
    return this.#attempt.signal
  }

  get log(): JobLog {
    this.#log ??= this.#attempt.host.recorder.logOf(this.#attempt)
    return this.#log
  }

  async progress(done: number, total?: number, text?: string): Promise<void> {
    this.#attempt.host.recorder.progress(this.#attempt, progressBody(done, total, text))
  }
}

/** A claimed job as its handler, hooks and logs see it. */
export function jobInfo(job: ClaimedJob): JobInfo {
  return {
    id: job.id,
    name: job.kind,
    queue: job.queue,
    priority: job.priority,
    attempt: job.used + 1,
    maxAttempts: job.maxAttempts,
    tags: job.extras?.tags ?? [],
    reference: job.extras?.reference ?? {},
    correlationId: job.extras?.correlationId ?? job.id,
  }
}

/** A report of progress as it is stored. @throws WorksongError `WS_INVALID_OPTION`, `WS_UNSTORABLE`, `WS_TOO_LARGE` */
export function progressBody(done: number, total?: number, text?: string): string {
  const words = optionalText(text, 'progress text', 1000)
  if (!Number.isFinite(done)) throw new WorksongError('WS_INVALID_OPTION', 'progress needs a finite number', { field: 'done' })
  const report = { done, ...(total === undefined ? {} : { total }), ...(words === undefined ? {} : { text: words }) }
  return encodeJson(report, 'progress', 4096)
}
