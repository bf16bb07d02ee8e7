/**
 * Which queues others are still to be told of, and when. The first at once; the next after a ms more than the jobs that the last message
 * stood for, at most 5: who enqueues one by one waits for each, who enqueues in masses for none. A message of its own costs as much as a
 * job (1,000 a second take a quarter off a lone caller's rate), so a lone insert takes it along, at most once a ms.
 */
const MAX_SPACING_MS = 5
const RIDE_SPACING_MS = 1
/** NOTIFY refuses 8,000 bytes; names may be of three bytes a character. */
const MAX_MESSAGE = 2000

export class Outbox {
  readonly #send: (names: string) => void
  readonly #queues = new Set<string>()
  /** How many jobs they stand for. */
  #jobs = 0
  #sentAt = Number.NEGATIVE_INFINITY
  /** Until it fires, nothing is sent. */
  #spacing: NodeJS.Timeout | undefined
  #closed = false

  constructor(send: (names: string) => void) {
    this.#send = send
  }

  add(queues: readonly string[], jobs: number): void {
    for (const queue of queues) this.#queues.add(queue)
    this.#jobs += jobs
    if (!this.#spacing) this.#flush()
  }

  /** Whether a statement that inserts one job into this queue should tell of it by itself; then it must. */
  ride(queue: string): boolean {
    if (this.#closed || performance.now() - this.#sentAt < RIDE_SPACING_MS) return false
    this.#queues.delete(queue)
    this.#space(1)
    return true
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#spacing)
  }

  #flush(): void {
    if (this.#closed || this.#queues.size === 0) return
    let names = ''
    for (const queue of this.#queues) {
      if (names.length + queue.length > MAX_MESSAGE) {
        this.#send(names)
        names = ''
      }
      names = names === '' ? queue : `${names},${queue}`
    }
    this.#send(names)
    this.#queues.clear()
    this.#space(this.#jobs)
    this.#jobs = 0
  }

  #space(jobs: number): void {
    this.#sentAt = performance.now()
    clearTimeout(this.#spacing)
    this.#spacing = setTimeout(
      () => {
        this.#spacing = undefined
        this.#flush()
      },
      Math.min(jobs + 1, MAX_SPACING_MS),
    )
  }
}
