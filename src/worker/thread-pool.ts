/**
 * Handlers in worker threads (`isolation: 'thread'`): they may block, and are killed when they go on past their timeout.
 * A thread runs one job at a time, of one module, and is kept for the next; an idle one ends after a while.
 */
import { Worker as Thread } from 'node:worker_threads'
import { cancel, discard, type Failure, retryAfter, snooze, WorksongError } from '../core/index.js'
import type { Attempt } from './attempt.js'
import { jobInfo } from './context.js'

const IDLE_MS = 10_000

/** What a thread is told. */
export type ToThread =
  | { readonly type: 'run'; readonly kind: string; readonly payload: string; readonly job: ReturnType<typeof jobInfo> }
  | { readonly type: 'abort'; readonly code: string; readonly message: string }

/** What a thread tells. */
export type FromThread =
  | { readonly type: 'returned'; readonly json: string | undefined; readonly outcome: ThreadOutcome | undefined }
  | { readonly type: 'threw'; readonly failure: Failure; readonly retryAfter: number | undefined }
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
  readonly thread: Thread
  readonly timer: NodeJS.Timeout
}

export class ThreadPool {
  readonly #idle = new Map<string, Idle[]>()
  readonly #all = new Set<Thread>()

  /** Run the attempt's handler in a thread. Settles as the handler does; rejects when the thread dies. */
  run(attempt: Attempt): Promise<unknown> {
    const module = attempt.definition.module as string
    const thread = this.#take(module)
    return new Promise((resolve, reject) => {
      const done = (keep: boolean) => {
        forget(thread)
        attempt.onSettled = undefined
        attempt.onAbort = undefined
        if (keep) this.#keep(module, thread)
        else this.#end(thread)
      }
      thread.on('message', (message: FromThread) => {
        if (message.type === 'log') attempt.host.recorder.logOf(attempt)[message.level](message.message, message.fields)
        else if (message.type === 'progress') attempt.host.recorder.progress(attempt, message.body)
        else {
          done(true)
          if (message.type === 'returned') resolve(returnedValue(message))
          else reject(Object.assign(new Error(message.failure.message), message.failure, { retryAfter: message.retryAfter }))
        }
      })
      thread.on('error', (error) => {
        done(false)
        reject(error)
      })
      thread.on('exit', (code) => {
        done(false)
        reject(new WorksongError('WS_THREAD', `The thread of job '${attempt.job.kind}' ended with code ${code} before its handler did`))
      })
      // Settled without its handler: past its timeout, or the worker stops. Only death ends a handler that blocks.
      attempt.onSettled = () => {
        done(false)
        reject(new WorksongError('WS_THREAD', 'The thread was ended because its attempt had'))
      }
      attempt.onAbort = (reason) => thread.postMessage({ type: 'abort', code: reason.code, message: reason.message } satisfies ToThread)
      const { kind, payload } = attempt.job
      thread.postMessage({ type: 'run', kind, payload, job: jobInfo(attempt.job) } satisfies ToThread)
    })
  }

  async close(): Promise<void> {
    for (const idle of [...this.#idle.values()].flat()) clearTimeout(idle.timer)
    this.#idle.clear()
    await Promise.all([...this.#all].map((thread) => thread.terminate()))
    this.#all.clear()
  }

  #take(module: string): Thread {
    const kept = this.#idle.get(module)?.pop()
    if (kept) {
      clearTimeout(kept.timer)
      forget(kept.thread)
      return kept.thread
    }
    const thread = new Thread(new URL('./thread-runner.js', import.meta.url), { workerData: { module }, execArgv: [] })
    this.#all.add(thread)
    return thread
  }

  #keep(module: string, thread: Thread): void {
    const timer = setTimeout(() => {
      const kept = this.#idle.get(module)
      if (kept)
        this.#idle.set(
          module,
          kept.filter((one) => one.thread !== thread),
        )
      this.#end(thread)
    }, IDLE_MS)
    timer.unref()
    thread.on('error', () => this.#end(thread))
    this.#idle.set(module, [...(this.#idle.get(module) ?? []), { thread, timer }])
  }

  #end(thread: Thread): void {
    this.#all.delete(thread)
    void thread.terminate()
  }
}

/** By name: Node itself listens to the listeners of a thread, and without that a thread used again is never heard. */
function forget(thread: Thread): void {
  for (const event of ['message', 'error', 'exit']) thread.removeAllListeners(event)
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
