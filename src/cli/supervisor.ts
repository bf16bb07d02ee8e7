/**
 * Keeps a number of child processes alive.
 *
 *   new ──run()──▶ starting ──▶ running ──stop()──▶ stopping ──▶ ended
 *
 * It starts the first child alone, so that what is wrong with all of them is said once.
 */
import type { ChildProcess } from 'node:child_process'
import { EXIT } from './output.js'
import { Slot, type SlotEnd } from './slot.js'
import type { WorkerReady } from './worker-process.js'

export interface Supervised {
  readonly processes: number
  /** How long a child may take to stop by itself. */
  readonly graceMs: number
  readonly logger: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  /** The first wait before a crashed child is started again; it doubles up to 30 s. Default 1 s. */
  readonly firstDelayMs?: number
  /** A new child process, numbered from 1. */
  start(number: number): ChildProcess
  /** All are ready for the first time. */
  onReady(workers: readonly WorkerReady[]): void
}

export class Supervisor {
  readonly #slots: readonly Slot[]
  readonly #options: Supervised
  readonly #ready = new Map<Slot, WorkerReady>()
  #told = false

  constructor(options: Supervised) {
    this.#options = options
    this.#slots = Array.from({ length: options.processes }, (_, index) => new Slot(index + 1, options, this))
  }

  /** Resolves with the exit code, once the last child has gone: 0 when all of them went as they should. */
  async run(): Promise<number> {
    this.#slots[0]?.start()
    const ends = await Promise.all(this.#slots.map((slot) => slot.ended))
    if (ends.includes('refused')) return EXIT.usage
    return ends.every((end) => end === 'done') ? EXIT.ok : EXIT.failed
  }

  /** Ask every child to stop gracefully. */
  stop(): void {
    for (const slot of this.#slots) slot.stop()
  }

  /** Ask every child to stop at once. */
  hurry(): void {
    for (const slot of this.#slots) slot.hurry()
  }

  /** Wait for nothing. */
  kill(): void {
    for (const slot of this.#slots) slot.kill()
  }

  /** One child has been ready at some time: the command as such works. */
  get proven(): boolean {
    return this.#ready.size > 0
  }

  /** A child is ready. */
  slotReady(slot: Slot, ready: WorkerReady): void {
    this.#ready.set(slot, ready)
    for (const other of this.#slots) other.start()
    if (this.#told || this.#ready.size < this.#slots.length) return
    this.#told = true
    this.#options.onReady([...this.#ready.values()])
  }

  /** A slot will have no more children. When it cannot work at all, none can. */
  slotEnded(end: SlotEnd): void {
    if (end === 'refused' || end === 'failed') this.stop()
  }
}
