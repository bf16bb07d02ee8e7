/** One thread of the pool: listened to from its birth to its death, whoever uses it, so that none dies unheard. */
import { Worker as Thread } from 'node:worker_threads'
import { threadArgv } from './thread-argv.js'
import type { FromThread, ToThread } from './thread-pool.js'

/** Longer than a turn of an event loop takes that is not blocked. */
const END_TIMEOUT_MS = 1000

/** Who uses a thread just now. */
export interface ThreadUser {
  onMessage(message: FromThread): void
  /** The thread is dead. */
  onDeath(error: unknown): void
}

export class PoolThread {
  readonly module: string
  /** Who is told; nobody while the thread is idle. */
  user: ThreadUser | undefined
  readonly exited: Promise<void>
  readonly #thread: Thread
  #late: NodeJS.Timeout | undefined

  /** `onDeath` is called when the thread fails and when it ends: it is not to be used any more. */
  constructor(module: string, onDeath: (thread: PoolThread) => void) {
    this.module = module
    this.#thread = newThread(module)
    const died = (error: unknown) => {
      onDeath(this)
      const { user } = this
      this.user = undefined
      user?.onDeath(error)
    }
    this.#thread.on('message', (message: FromThread) => this.user?.onMessage(message))
    this.#thread.on('error', died)
    this.exited = new Promise((resolve) => {
      this.#thread.on('exit', (code) => {
        died(code)
        resolve()
      })
    })
  }

  tell(message: ToThread): void {
    this.#thread.postMessage(message)
  }

  /**
   * Ask it to end, and wait. Ending a thread from outside in the middle of a native call can take the whole process with it, so that is
   * left for one that does not answer.
   */
  async end(): Promise<void> {
    this.tell({ type: 'end' })
    this.#late ??= setTimeout(() => void this.#thread.terminate(), END_TIMEOUT_MS)
    await this.exited
    clearTimeout(this.#late)
  }
}

/** With the loaders that the process was started with, so that a thread can import what the process can. */
function newThread(module: string): Thread {
  const url = new URL('./thread-runner.js', import.meta.url)
  const execArgv = threadArgv(process.execArgv)
  try {
    return new Thread(url, { workerData: { module }, ...(execArgv ? { execArgv } : {}) })
  } catch (error) {
    // Beside what was left out there are options that only a whole process can have.
    if ((error as { code?: unknown }).code !== 'ERR_WORKER_INVALID_EXEC_ARGV') throw error
    return new Thread(url, { workerData: { module }, execArgv: [] })
  }
}
