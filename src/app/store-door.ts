/**
 * The door of the store: opened once, by whoever needs it first. Those who look get the answer of one try; those who bring work or take it
 * wait with patience for a store that is away or busy.
 *
 *   shut ──a try──▶ open ──close()──▶ closed        a try that failed and may pass ──▶ shut; while somebody waits: a pause, the next try
 */
import { formatDuration, isWorksongError, WorksongError } from '../core/index.js'
import { refuseWhileLoading } from '../worker/index.js'
import { type Core, openCore } from './core.js'
import type { Settings } from './options.js'

/** Pauses between tries double from the first to the longest. */
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 1000

interface Waiting {
  /** When its patience is over, counted from its call. */
  readonly until: number
  /** A try has failed since it came: it waits for the next. */
  failed: boolean
  readonly resolve: (core: Core) => void
  readonly reject: (error: unknown) => void
}

export class StoreDoor {
  /** Asked at each use: they may change before the first. */
  readonly #settings: () => Settings
  readonly #waiting = new Set<Waiting>()
  #core: Core | undefined
  #trying: Promise<Core> | undefined
  #retrying: Promise<void> | undefined
  #wake: () => void = () => undefined
  #used = false
  #closed = false

  constructor(settings: () => Settings) {
    this.#settings = settings
  }

  /** What is behind the door, once it is open. */
  get core(): Core | undefined {
    return this.#core
  }

  /** The store is open, or is being opened. */
  get inUse(): boolean {
    return this.#trying !== undefined || this.#waiting.size > 0
  }

  /** One try, shared with all who come while it lasts. */
  open(): Promise<Core> {
    if (!this.#trying && !this.#closed) refuseWhileLoading()
    return this.#open()
  }

  /** As many tries as the app's patience allows, while the errors are of the kind that passes. */
  openPatiently(): Promise<Core> {
    if (this.#core || this.#closed) return this.#open()
    refuseWhileLoading()
    return new Promise((resolve, reject) => {
      this.#waiting.add({ until: performance.now() + this.#settings().patienceMs, failed: false, resolve, reject })
      this.#retrying ??= this.#retry()
    })
  }

  /** Nobody waits for an absent store from now on. Resolves once no try is under way. */
  async stopWaiting(): Promise<void> {
    this.#closed = true
    for (const one of this.#waiting) if (one.failed) this.#refuse(one, closedError())
    this.#wake()
    await this.#trying?.catch(() => undefined)
    await this.#retrying
  }

  /** Let go of the store, and of all that works on it. */
  async close(): Promise<void> {
    await this.stopWaiting()
    const core = this.#core
    if (core) {
      core.waiters.close()
      await core.enqueuer.close()
      await core.threads.close()
      await core.engine.close()
      return
    }
    const { store } = this.#settings()
    if (this.#used && typeof store !== 'string') await store.close()
  }

  #open(): Promise<Core> {
    if (this.#closed) return Promise.reject(closedError())
    this.#used = true
    this.#trying ??= openCore(this.#settings()).then(
      (core) => {
        this.#core = core
        this.#wake()
        return core
      },
      (error: unknown) => {
        this.#trying = undefined
        throw error
      },
    )
    return this.#trying
  }

  /** Goes on for as long as somebody waits. Never rejects. */
  async #retry(): Promise<void> {
    let said = false
    for (let pauseMs = FIRST_PAUSE_MS; this.#waiting.size > 0; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        const core = await this.#open()
        for (const one of this.#waiting) one.resolve(core)
        this.#waiting.clear()
      } catch (error) {
        this.#failed(error, pauseMs)
        if (this.#waiting.size === 0) break
        if (!said) this.#say(error)
        said = true
        await this.#pause(pauseMs * (0.5 + Math.random() / 2))
      }
    }
    this.#retrying = undefined
  }

  #failed(error: unknown, pauseMs: number): void {
    const passes = isWorksongError(error) && error.retryable && !this.#closed
    const now = performance.now()
    for (const one of this.#waiting) {
      one.failed = true
      if (!passes || now + pauseMs > one.until) this.#refuse(one, error)
    }
  }

  #refuse(one: Waiting, error: unknown): void {
    this.#waiting.delete(one)
    one.reject(error)
  }

  #say(error: unknown): void {
    const { logger, patienceMs } = this.#settings()
    logger?.warn({ code: 'store.opening.failed', error }, `the store cannot be opened yet; trying for ${formatDuration(patienceMs)}`)
  }

  /** Ends sooner when somebody else has opened the store, or nobody is to wait any more. */
  async #pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = setTimeout(resolve, ms)
    })
    clearTimeout(timer)
  }
}

function closedError(): WorksongError {
  return new WorksongError('WS_CLOSED', 'The app is closed', { fix: 'Make a new Worksong.' })
}
