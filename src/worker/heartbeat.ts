/**
 * The heartbeat of a worker: a counter raised every third of the lease. From a thread with its own connection where the store allows it,
 * so that a handler that blocks the event loop does not lose the lease; the thread goes on only while the main loop was alive within
 * `maxBlocked`. It is made before the first handler starts: once it is, it needs nothing of the main loop to begin to beat.
 */
import { Worker as Thread } from 'node:worker_threads'
import { type Logger, timerMs } from '../core/index.js'
import type { Engine } from '../engine/index.js'

export interface HeartbeatOptions {
  readonly engine: Engine
  readonly worker: string
  readonly leaseMs: number
  readonly maxBlockedMs: number
  readonly logger: Logger | undefined
  /** The store says that this worker is not live any more. */
  onLost(): void
}

export interface BeatThreadData {
  readonly module: string
  readonly config: unknown
  readonly worker: string
  /** When to beat first, unless it is asked to earlier. */
  readonly firstMs: number
  readonly everyMs: number
  readonly maxBlockedMs: number
  /** One Int32: raised by the main loop while it is alive. */
  readonly pulse: SharedArrayBuffer
}

export type ToBeatThread = 'begin' | 'end'

/** A worker that is idle for as long gets its thread all the same, and by then it beats. */
const THREAD_DELAY_MS = 1000
/** The longest that jobs are held back for the thread: a store that is slow to answer it must not stop them. */
const PATIENCE_MS = 1000
/** Longer than a beat takes while the store is there. */
const END_TIMEOUT_MS = 3000

interface FromBeatThread {
  readonly beaten?: true
  readonly lost?: true
  readonly error?: string
}

export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #everyMs: number
  readonly #firstAt: number
  readonly #pulse = new Int32Array(new SharedArrayBuffer(4))
  #timer: NodeJS.Timeout | undefined
  #signs: NodeJS.Timeout | undefined
  #thread: Thread | undefined
  /** The thread beats: until then, while it fails, and when it is gone, the main loop does. */
  #threadBeats = false
  #closed = false
  #starting: Promise<void> | undefined
  #beating: Promise<void> | undefined
  /** The thread beats, or there is none to wait for. */
  #settled: () => void = () => undefined
  #spawn: NodeJS.Timeout | undefined

  constructor(options: HeartbeatOptions) {
    this.#options = options
    this.#everyMs = timerMs(Math.max(20, Math.floor(options.leaseMs / 3)))
    this.#firstAt = performance.now() + Math.min(THREAD_DELAY_MS, this.#everyMs / 4)
  }

  /** Begin. The worker has just been registered, which counted as a beat. */
  start(): void {
    this.#timer = setInterval(() => {
      if (!this.#threadBeats) void this.#beat()
    }, this.#everyMs)
    const signMs = Math.min(this.#everyMs, this.#options.maxBlockedMs / 4)
    this.#signs = setInterval(() => Atomics.add(this.#pulse, 0, 1), signMs)
    // Not at once: a thread takes some 50 ms of a processor, which a worker that comes and goes with nothing to do can save.
    this.#spawn = setTimeout(() => void this.#make(), this.#firstIn)
  }

  /** Resolves when the thread has been made, or cannot be: from then on a handler may block the main loop. */
  made(): Promise<void> {
    return withPatience(this.#make())
  }

  /** Resolves when the thread has beaten, or cannot. For jobs that may well block: their worker lost its lease before. */
  beating(): Promise<void> {
    this.#beating ??= withPatience(
      new Promise<void>((resolve) => {
        this.#settled = resolve
        void this.#make().then(() => {
          if (!this.#thread || this.#threadBeats) resolve()
          this.#tell('begin')
        })
      }),
    )
    return this.#beating
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    clearInterval(this.#signs)
    clearTimeout(this.#spawn)
    this.#settled()
    await this.#starting
    const thread = this.#thread
    this.#thread = undefined
    if (thread) await endThread(thread)
  }

  get #firstIn(): number {
    return Math.max(0, this.#firstAt - performance.now())
  }

  #tell(message: ToBeatThread): void {
    this.#thread?.postMessage(message)
  }

  #make(): Promise<void> {
    this.#starting ??= this.#closed ? Promise.resolve() : this.#startThread()
    return this.#starting
  }

  async #startThread(): Promise<void> {
    try {
      const source = await this.#options.engine.beatSource()
      if (!source || this.#closed) return
      const { worker, maxBlockedMs } = this.#options
      const data: BeatThreadData = {
        ...source,
        worker,
        maxBlockedMs,
        firstMs: this.#firstIn,
        everyMs: this.#everyMs,
        pulse: this.#pulse.buffer as SharedArrayBuffer,
      }
      const thread = new Thread(new URL('./heartbeat-thread.js', import.meta.url), { workerData: data, execArgv: [] })
      thread.unref()
      thread.on('message', (message: FromBeatThread) => this.#onMessage(message))
      thread.on('error', (error) => this.#onThreadGone(error))
      thread.on('exit', () => this.#onThreadGone(undefined))
      this.#thread = thread
    } catch (error) {
      this.#options.logger?.warn({ code: 'heartbeat.thread.failed', error }, 'no heartbeat thread: a blocked event loop may lose the lease')
    }
  }

  #onMessage(message: FromBeatThread): void {
    this.#settled()
    if (message.beaten) this.#threadBeats = true
    else if (message.lost && !this.#closed) this.#options.onLost()
    else if (message.error) {
      // The main loop's connection may be in order when the thread's is not: a password that has expired meanwhile.
      this.#threadBeats = false
      this.#options.logger?.warn({ code: 'heartbeat.failed', error: message.error }, 'a heartbeat failed; trying again')
      if (!this.#closed) void this.#beat()
    }
  }

  /** The main loop beats from now on. */
  #onThreadGone(error: Error | undefined): void {
    this.#settled()
    if (this.#closed || !this.#thread) return
    this.#thread = undefined
    this.#threadBeats = false
    this.#options.logger?.warn({ code: 'heartbeat.thread.gone', error }, 'the heartbeat thread ended; the main loop beats now')
  }

  async #beat(): Promise<void> {
    try {
      const alive = await this.#options.engine.beat({ worker: this.#options.worker })
      if (!alive && !this.#closed) this.#options.onLost()
    } catch (error) {
      if (!this.#closed) this.#options.logger?.warn({ code: 'heartbeat.failed', error }, 'a heartbeat failed; trying again')
    }
  }
}

/**
 * Ask the thread to end, and wait. Ending it from outside in the middle of a store call kills the whole process with some native drivers,
 * so that is left for a thread that does not answer.
 */
async function endThread(thread: Thread): Promise<void> {
  const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()))
  thread.postMessage('end')
  const late = setTimeout(() => void thread.terminate(), END_TIMEOUT_MS)
  await ended
  clearTimeout(late)
}

async function withPatience(promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS)
  })
  await Promise.race([promise, enough])
  clearTimeout(timer)
}
