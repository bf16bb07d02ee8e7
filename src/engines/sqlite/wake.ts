/**
 * Hints. In this process: listeners, called at once. Across processes: a file beside the database, to which announcements are appended
 * after their commit and which the others watch. (A watch on the WAL itself fires before the commit can be seen, and misses.)
 * States: quiet, listening (watcher and rechecks run), closed.
 */
import { appendFileSync, statSync, truncateSync } from 'node:fs'
import { newToken } from '../../core/index.js'
import { type Hint, tellAll } from '../../engine/index.js'
import { type Listener, WakeReader, writeLine } from './wake-reader.js'

/** After a write the next one waits a ms for each job that it stood for, at most this: many enqueues a moment make few hints. */
const MAX_SPACING_MS = 5
const MAX_BYTES = 65_536
const CHECK_SIZE_EVERY = 256

export class Wake {
  readonly #path: string | undefined
  readonly #me = newToken().slice(0, 8)
  readonly #listeners = new Set<Listener>()
  readonly #queues = new Set<string>()
  #signal = false
  /** How many jobs the next write is about. */
  #jobs = 0
  #nextWrite = Number.NEGATIVE_INFINITY
  #writes = 0
  #timer: NodeJS.Timeout | undefined
  #reader: WakeReader | undefined

  /** @param path the database file, or undefined when no other process can share it */
  constructor(path: string | undefined) {
    this.#path = path === undefined ? undefined : `${path}.wake`
  }

  /** `jobs`: how many it is about, as far as known. */
  announce(queues: readonly string[], jobs = Number.POSITIVE_INFINITY): void {
    if (queues.length === 0) return
    this.#tell({ type: 'wake', queues })
    for (const queue of queues) this.#queues.add(queue)
    this.#jobs += jobs
    this.#writeSoon()
  }

  signal(): void {
    this.#tell({ type: 'signal' })
    this.#signal = true
    this.#jobs += MAX_SPACING_MS
    this.#writeSoon()
  }

  listen(listener: Listener): () => void {
    // A function of its own for each call, so that one listener given twice is stopped once.
    const own: Listener = (hint) => listener(hint)
    this.#listeners.add(own)
    if (this.#path !== undefined) this.#reader ??= new WakeReader(this.#path, this.#me, (hint) => this.#tell(hint))
    return () => {
      this.#listeners.delete(own)
      if (this.#listeners.size === 0) this.#stopReading()
    }
  }

  close(): void {
    this.#listeners.clear()
    this.#stopReading()
    clearTimeout(this.#timer)
    if (this.#timer) this.#write()
  }

  #stopReading(): void {
    this.#reader?.close()
    this.#reader = undefined
  }

  #tell(hint: Hint): void {
    tellAll(this.#listeners, hint)
  }

  #writeSoon(): void {
    if (this.#path === undefined || this.#timer) return
    const wait = this.#nextWrite - performance.now()
    if (wait <= 0) {
      this.#write()
      return
    }
    this.#timer = setTimeout(() => this.#write(), wait)
    this.#timer.unref()
  }

  #write(): void {
    this.#timer = undefined
    this.#nextWrite = performance.now() + Math.min(this.#jobs, MAX_SPACING_MS)
    this.#jobs = 0
    const queues = this.#queues.size > 0 ? writeLine([this.#me, [...this.#queues]]) : ''
    const signal = this.#signal ? writeLine([this.#me, null]) : ''
    this.#queues.clear()
    this.#signal = false
    try {
      // Before this one is appended, which its readers have not seen.
      if (++this.#writes % CHECK_SIZE_EVERY === 0) emptyIfLarge(this.#path as string)
      appendFileSync(this.#path as string, queues + signal)
    } catch {
      // Full or read-only: the others' polls find the work.
    }
  }
}

function emptyIfLarge(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) truncateSync(path, 0)
}
