/**
 * Handlers in worker threads (`isolation: 'thread'`): they may block, and are killed when they go on past their timeout.
 * A thread runs one job at a time, of one module, and is kept for the next; an idle one ends after a while.
 */
import { cancel, discard, type Failure, retryAfter, snooze, WorksongError } from '../core/index.js'
import type { Attempt } from './attempt.js'
import { jobInfo } from './context.js'
import { PoolThread } from './pool-thread.js'

const IDLE_MS = 10_000

/** What a thread is told. */
export type ToThread =
  | { readonly type: 'run'; readonly kind: string; readonly payload: string; readonly job: ReturnType<typeof jobInfo> }
  | { readonly type: 'abort'; readonly code: string; readonly message: string }
  | { readonly type: 'end' }

/** What a thread tells. */
export type FromThread =
  | { readonly type: 'returned'; readonly json: string | undefined; readonly outcome: ThreadOutcome | undefined }
  | { readonly type: 'threw'; readonly failure: Failure; readonly retryAfter: number | undefined }
  /** The module may not be run in a thread. */
  | { readonly type: 'refused'; readonly failure: Failure }
  | {
      readonly type: 'log'
      readonly level: 'debug' | 'info' | 'warn' | 'error'
      readonly message: string
      readonly fields: Record<string, unknown> | undefined
    }
  | { readonly type: 'progress'; readonly body: string }

export interface ThreadOutcome {
  readonly kind: 'retryAfter' | 'snooze' | 'cancel' | 'discard'
  readonly delayMs: number
  readonly reason: string | undefined
}

interface Idle {
  readonly thread: PoolThread
  readonly timer: NodeJS.Timeout
}

export class ThreadPool {
  readonly #idle = new Map<string, Idle[]>()
  readonly #all = new Set<PoolThread>()

  /** Run the attempt's handler in a thread. Settles as the handler does; rejects when the thread dies. */
  run(attempt: Attempt): Promise<unknown> {
    const thread = this.#take(attempt.definition.module as string)
    return new Promise((resolve, reject) => {
      const done = () => {
        thread.user = undefined
        attempt.onSettled = undefined
        attempt.onAbort = undefined
      }
      const onMessage = (message: FromThread) => {
        if (message.type === 'log' || message.type === 'progress') return record(attempt, message)
        done()
        if (message.type === 'refused') void thread.end()
        else this.#keep(thread)
        if (message.type === 'returned') resolve(returnedValue(message))
        else reject(thrownThere(message))
      }
      const onDeath = (reason: unknown) => {
        done()
        reject(typeof reason === 'number' ? endedEarly(attempt, reason) : reason)
      }
      thread.user = { onMessage, onDeath }
      // Settled without its handler: past its timeout, or the worker stops. Only death ends a handler that blocks.
      attempt.onSettled = () => {
        done()
        void thread.end()
        reject(new WorksongError('WS_THREAD', 'The thread was ended because its attempt had'))
      }
      attempt.onAbort = (reason) => thread.tell({ type: 'abort', code: reason.code, message: reason.message })
      const { kind, payload } = attempt.job
      thread.tell({ type: 'run', kind, payload, job: jobInfo(attempt.job) })
    })
  }

  async close(): Promise<void> {
    for (const { timer } of [...this.#idle.values()].flat()) clearTimeout(timer)
    this.#idle.clear()
    await Promise.all([...this.#all].map((thread) => thread.end()))
  }

  #take(module: string): PoolThread {
    const kept = this.#idle.get(module)?.pop()
    if (kept) {
      clearTimeout(kept.timer)
      return kept.thread
    }
    const thread = new PoolThread(module, (dead) => this.#forget(dead))
    this.#all.add(thread)
    void thread.exited.then(() => this.#all.delete(thread))
    return thread
  }

  #keep(thread: PoolThread): void {
    const timer = setTimeout(() => {
      this.#forget(thread)
      void thread.end()
    }, IDLE_MS)
    timer.unref()
    this.#idle.set(thread.module, [...(this.#idle.get(thread.module) ?? []), { thread, timer }])
  }

  /** Not idle any more: nobody is to be given it. */
  #forget(thread: PoolThread): void {
    const idle = this.#idle.get(thread.module) ?? []
    const at = idle.findIndex((one) => one.thread === thread)
    if (at >= 0) clearTimeout(idle.splice(at, 1)[0]?.timer)
  }
}

/** What the attempt's own context would refuse is dropped: the handler is told by its signal, and nobody here may be hurt by it. */
function record(attempt: Attempt, message: FromThread & { type: 'log' | 'progress' }): void {
  const { recorder } = attempt.host
  try {
    if (message.type === 'log') recorder.logOf(attempt)[message.level](message.message, message.fields)
    else recorder.progress(attempt, message.body)
  } catch {
    // The lease is lost.
  }
}

/** What the handler threw, as an error of this thread. */
function thrownThere(message: FromThread & { type: 'threw' | 'refused' }): Error {
  const asked = message.type === 'threw' ? { retryAfter: message.retryAfter } : {}
  return Object.assign(new Error(message.failure.message), message.failure, asked)
}

function endedEarly(attempt: Attempt, code: number): WorksongError {
  return new WorksongError('WS_THREAD', `The thread of job '${attempt.job.kind}' ended with code ${code} before its handler did`)
}

/** What the handler returned, made here again: its outcomes carry a mark that does not cross between threads. */
function returnedValue({ json, outcome }: FromThread & { type: 'returned' }): unknown {
  if (!outcome) return json === undefined ? undefined : JSON.parse(json)
  const { kind, delayMs, reason } = outcome
  switch (kind) {
    case 'retryAfter':
      return retryAfter(delayMs, reason)
    case 'snooze':
      return snooze(delayMs, reason)
    case 'cancel':
      return cancel(reason)
    case 'discard':
      return discard(reason)
  }
}
