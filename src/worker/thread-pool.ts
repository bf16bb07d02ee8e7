/**
 * Handlers in worker threads (`isolation: 'thread'`): they may block, and are killed when they go on past their timeout.
 * A thread runs one job at a time, of one module, and is kept for the next; an idle one ends after a while.
 */
import { WorksongError } from '../core/index.js'
import type { Attempt } from './attempt.js'
import { jobInfo } from './context.js'
import { PoolThread } from './pool-thread.js'
import { readMessage, type Told } from './thread-messages.js'

const IDLE_MS = 10_000

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
      const onMessage = (message: unknown) => {
        const told = readOrRefuse(attempt, message)
        if (told.type === 'log' || told.type === 'progress') return record(attempt, told)
        done()
        if (told.type === 'refused') void thread.end()
        else this.#keep(thread)
        if (told.type === 'returned') resolve(told.value)
        else reject(told.error)
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

/** A thread whose runner says what no runner says has been taken over by the code that it runs: it is not used again. */
function readOrRefuse(attempt: Attempt, message: unknown): Told {
  try {
    return readMessage(message)
  } catch (cause) {
    const words = `The thread of job '${attempt.job.kind}' sent a message that nobody there should send`
    return { type: 'refused', error: new WorksongError('WS_THREAD', words, { cause }) }
  }
}

/** What the attempt's own context would refuse is dropped: the handler is told by its signal, and nobody here may be hurt by it. */
function record(attempt: Attempt, told: Told & { type: 'log' | 'progress' }): void {
  const { recorder } = attempt.host
  try {
    if (told.type === 'log') recorder.logOf(attempt)[told.level](told.message, told.fields)
    else recorder.progress(attempt, told.body)
  } catch {
    // The lease is lost.
  }
}

function endedEarly(attempt: Attempt, code: number): WorksongError {
  return new WorksongError('WS_THREAD', `The thread of job '${attempt.job.kind}' ended with code ${code} before its handler did`)
}
