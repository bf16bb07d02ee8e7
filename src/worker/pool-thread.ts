/** One thread of the pool: listened to from its birth to its death, whoever uses it, so that none dies unheard. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker as Thread } from 'node:worker_threads'
import { threadArgv } from './thread-argv.js'
import type { ToThread } from './thread-messages.js'

/** Longer than a turn of an event loop takes that is not blocked. */
const END_TIMEOUT_MS = 1000

/** Who uses a thread just now. */
export interface ThreadUser {
  /** Anything: the thread runs the code of others. */
  onMessage(message: unknown): void
  /** The thread is dead. */
  onDeath(error: unknown): void
}

export class PoolThread {
  readonly module: string
  /** Who is told; nobody while the thread is idle. */
  user: ThreadUser | undefined
  readonly exited: Promise<void>
  readonly #thread: Thread
  /** The runner's own line. What handlers send over their `parentPort` is heard by nobody. */
  readonly #port: MessagePort
  #late: NodeJS.Timeout | undefined

  /** `onDeath` is called when the thread fails and when it ends: it is not to be used any more. */
  constructor(module: string, onDeath: (thread: PoolThread) => void) {
    this.module = module
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#thread = newThread(module, port2)
    const died = (error: unknown) => {
      // Its last words may still be under way.
      for (let last = receiveMessageOnPort(port1); last; last = receiveMessageOnPort(port1)) this.user?.onMessage(last.message)
      onDeath(this)
      const { user } = this
      this.user = undefined
      user?.onDeath(error)
    }
    port1.on('message', (message: unknown) => this.user?.onMessage(message))
    port1.on('messageerror', (error) => this.user?.onMessage(error))
    this.#thread.on('error', died)
    this.exited = new Promise((resolve) => {
      this.#thread.on('exit', (code) => {
        died(code)
        port1.close()
        resolve()
      })
    })
  }

  tell(message: ToThread): void {
    this.#port.postMessage(message)
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
function newThread(module: string, port: MessagePort): Thread {
  const url = new URL('./thread-runner.js', import.meta.url)
  const options = { workerData: { module, port }, transferList: [port] }
  const execArgv = threadArgv(process.execArgv)
  try {
    return new Thread(url, { ...options, ...(execArgv ? { execArgv } : {}) })
  } catch (error) {
    // Beside what was left out there are options that only a whole process can have.
    if ((error as { code?: unknown }).code !== 'ERR_WORKER_INVALID_EXEC_ARGV') throw error
    return new Thread(url, { ...options, execArgv: [] })
  }
}
