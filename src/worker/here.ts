/**
 * One attempt of a job that is in no store, here and now: the pipeline that every attempt goes through, with its timeout, and nothing is
 * written. What the handler itself enqueues is.
 */
import { type JobDefinition, type JobLog, type Logger, WorksongError } from '../core/index.js'
import type { ClaimedJob } from '../engine/index.js'
import { Attempt, type AttemptHost } from './attempt.js'
import { Deadlines } from './deadlines.js'
import { type Decision, decideInterrupted } from './outcomes.js'
import { type AttemptRecorder, jobLog, teller, type Watch } from './recorder.js'

export interface HereOptions extends Pick<AttemptHost, 'within' | 'runInThread' | 'maxResultBytes'> {
  readonly logger: Logger | undefined
  readonly watch: Watch | undefined
  /** Interrupts it. */
  readonly signal: AbortSignal | undefined
}

/** How it ended. */
export interface HereRun extends Decision {
  readonly ranMs: number
  /** What it failed with, as it was thrown: by the handler, a check, or its timeout. */
  readonly error: unknown
}

/** What an interrupted handler may take to clean up. */
const INTERRUPT_MS = 1000

export async function runHere(job: ClaimedJob, definition: JobDefinition, options: HereOptions): Promise<HereRun> {
  const deadlines = new Deadlines()
  const timers: NodeJS.Timeout[] = []
  let interrupt: () => void = () => undefined
  try {
    return await new Promise<HereRun>((resolve) => {
      const onSettled = (attempt: Attempt, decision: Decision) => {
        const ranMs = Math.round(performance.now() - attempt.startedAt)
        resolve({ ...decision, ranMs, error: decision.end === 'succeeded' ? undefined : (attempt.abortedWith ?? attempt.thrown) })
      }
      const attempt = new Attempt(job, definition, '', {
        ...options,
        recorder: new HereRecorder(options),
        onSettled,
        onLate: () => undefined,
      })
      interrupt = () => {
        attempt.abort(new WorksongError('WS_STOPPING', 'It was interrupted'))
        timers.push(setTimeout(() => attempt.settle(decideInterrupted(attempt)), INTERRUPT_MS))
      }
      deadlines.add(attempt)
      options.signal?.addEventListener('abort', interrupt, { once: true })
      if (options.signal?.aborted) interrupt()
      void attempt.run()
    })
  } finally {
    options.signal?.removeEventListener('abort', interrupt)
    for (const timer of timers) clearTimeout(timer)
    deadlines.close()
  }
}

/** Reports go to who watches, and are kept nowhere. */
class HereRecorder implements AttemptRecorder {
  readonly #options: HereOptions

  constructor(options: HereOptions) {
    this.#options = options
  }

  progress(_attempt: Attempt, body: string): void {
    this.#options.watch?.progress(body)
  }

  logOf(attempt: Attempt): JobLog {
    return jobLog(teller(attempt, this.#options.logger, this.#options.watch))
  }
}
