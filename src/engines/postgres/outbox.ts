/**
 * Which queues others are still to be told of, and when. The first at once; the next a ms later for each job that the last message stood
 * for, at most 5: who enqueues one by one, with pauses, waits for none; who enqueues in masses does not send one for each.
 */
const MAX_SPACING_MS = 5
/** So many in a row without such a pause before them are a mass; a few are what timers and commits make of 500 a second. */
const PAUSE_MS = 1
const MASS = 4
/** NOTIFY refuses 8,000 bytes; names may be of three bytes a character. */
const MAX_MESSAGE = 2000

/** The names of queues in as few messages as can hold them. */
export function messagesOf(queues: Iterable<string>): string[] {
  const messages: string[] = []
  let names = ''
  for (const queue of queues) {
    if (names !== '' && names.length + queue.length > MAX_MESSAGE) {
      messages.push(names)
      names = ''
    }
    names = names === '' ? queue : `${names},${queue}`
  }
  return names === '' ? messages : [...messages, names]
}

export class Outbox {
  readonly #send: (names: string) => void
  readonly #queues = new Set<string>()
  /** How many jobs they stand for. */
  #jobs = 0
  #addedAt = Number.NEGATIVE_INFINITY
  /** How many came without a pause before them. */
  #inARow = 0
  /** Until it fires, nothing is sent. */
  #spacing: NodeJS.Timeout | undefined

  constructor(send: (names: string) => void) {
    this.#send = send
  }

  add(queues: readonly string[], jobs: number): void {
    const now = performance.now()
    for (const queue of queues) this.#queues.add(queue)
    this.#inARow = now - this.#addedAt < PAUSE_MS ? this.#inARow + 1 : 0
    this.#jobs += this.#inARow >= MASS ? MAX_SPACING_MS : jobs
    this.#addedAt = now
    if (!this.#spacing) this.flush()
  }

  /** Send what waits. */
  flush(): void {
    clearTimeout(this.#spacing)
    this.#spacing = undefined
    if (this.#queues.size === 0) return
    for (const names of messagesOf(this.#queues)) this.#send(names)
    this.#spacing = setTimeout(() => this.flush(), Math.min(this.#jobs, MAX_SPACING_MS))
    this.#queues.clear()
    this.#jobs = 0
  }

  /** Send what waits, and stop. */
  close(): void {
    this.flush()
    clearTimeout(this.#spacing)
  }
}
