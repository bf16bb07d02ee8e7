/** The reading side of the wake file: tells what other processes append. States: watching, waiting to watch again after a fault, closed. */
import { appendFileSync, closeSync, existsSync, type FSWatcher, fstatSync, openSync, readSync, watch } from 'node:fs'
import type { Hint } from '../../engine/index.js'

/** For file systems whose changes are not reported (some bind mounts). */
const RECHECK_MS = 500
const REWATCH_MS = 250

export type Listener = (hint: Hint) => void

/** Follows the wake file and tells what others appended. */
export class WakeReader {
  readonly #path: string
  readonly #me: string
  readonly #tell: Listener
  readonly #recheck: NodeJS.Timeout
  #watcher: FSWatcher | undefined
  #rewatch: NodeJS.Timeout | undefined
  #offset = 0

  constructor(path: string, me: string, tell: Listener) {
    this.#path = path
    this.#me = me
    this.#tell = tell
    this.#offset = sizeOf(path)
    this.#watch()
    this.#recheck = setInterval(() => this.#read(), RECHECK_MS)
    this.#recheck.unref()
  }

  close(): void {
    clearInterval(this.#recheck)
    clearTimeout(this.#rewatch)
    this.#watcher?.close()
  }

  #watch(): void {
    try {
      if (!existsSync(this.#path)) appendFileSync(this.#path, '')
      this.#watcher = watch(this.#path, { persistent: false }, (event) => {
        this.#read()
        if (event === 'rename') this.#watchAgain()
      })
      this.#watcher.on('error', (error) => this.#watchAgain(error))
    } catch (error) {
      this.#watchAgain(error as Error)
    }
  }

  /** The file was replaced or removed, or the system has no watches left. */
  #watchAgain(error?: Error): void {
    if (error) this.#tell({ type: 'down', error })
    this.#watcher?.close()
    clearTimeout(this.#rewatch)
    this.#rewatch = setTimeout(() => {
      this.#watch()
      if (error) this.#tell({ type: 'up' })
    }, REWATCH_MS)
    this.#rewatch.unref()
  }

  #read(): void {
    const queues = new Set<string>()
    let signal = false
    for (const text of this.#readNew().split('\n')) {
      const line = text === '' ? undefined : parseLine(text)
      if (!line || line[0] === this.#me) continue
      if (line[1] === null) signal = true
      else for (const name of line[1]) queues.add(name)
    }
    if (queues.size > 0) this.#tell({ type: 'wake', queues: [...queues] })
    if (signal) this.#tell({ type: 'signal' })
  }

  /** What was appended since the last look, in whole lines. A shorter file was emptied: it is read from its beginning. */
  #readNew(): string {
    let file: number | undefined
    try {
      file = openSync(this.#path, 'r')
      const size = fstatSync(file).size
      if (size === this.#offset) return ''
      if (size < this.#offset) this.#offset = 0
      const bytes = Buffer.alloc(size - this.#offset)
      const read = readSync(file, bytes, 0, bytes.length, this.#offset)
      const end = bytes.subarray(0, read).lastIndexOf(0x0a) + 1
      this.#offset += end
      return bytes.toString('utf8', 0, end)
    } catch {
      return ''
    } finally {
      if (file !== undefined) closeSync(file)
    }
  }
}

/** A line of the file: who wrote it, and the queues, or null for a signal. */
type Line = readonly [string, readonly string[] | null]

export function writeLine(line: Line): string {
  return `${JSON.stringify(line)}\n`
}

/** Undefined for what no version of ours has written. */
function parseLine(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text)
    if (!Array.isArray(line) || typeof line[0] !== 'string') return undefined
    const queues: unknown = line[1]
    if (queues === null) return [line[0], null]
    return Array.isArray(queues) ? [line[0], queues.filter((name) => typeof name === 'string')] : undefined
  } catch {
    return undefined
  }
}

function sizeOf(path: string): number {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    return fstatSync(file).size
  } catch {
    return 0
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
