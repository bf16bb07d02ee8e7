/** Which lanes a claim names, in which order: strict as listed, or by weight, drawn anew for each claim. */
import { checkName, kindLane, laneQueue, WorksongError } from '../core/index.js'
import type { LaneLimit } from '../engine/index.js'

/** Names in strict order, or weights by name: `{ high: 6, default: 3, low: 1 }`. */
export type QueuesOption = readonly string[] | Readonly<Record<string, number>>

export class QueuePlan {
  readonly names: readonly string[]
  readonly #weights: readonly number[] | undefined
  readonly #caps: ReadonlyMap<string, number>
  /** Jobs held of capped queues, claims under way included. */
  readonly #held = new Map<string, number>()
  /** Lanes beside the queues' own that were seen to hold something for a kind known here. */
  #kindLanes: readonly string[] = []

  constructor(queues: QueuesOption, caps: ReadonlyMap<string, number>) {
    const listed = Array.isArray(queues) ? (queues as readonly string[]) : Object.keys(queues)
    if (listed.length === 0) throw new WorksongError('WS_INVALID_OPTION', 'queues is empty', { field: 'queues' })
    this.names = [...new Set(listed.map((name) => checkName(name, 'queue')))]
    this.#weights = Array.isArray(queues) ? undefined : listed.map((name) => checkWeight(name, (queues as Record<string, number>)[name]))
    this.#caps = caps
  }

  /** Remember which special lanes hold something that can be run here. */
  sawLanes(lanes: readonly string[], kinds: Iterable<string>): void {
    const special = lanes.filter((lane) => lane.includes('/@'))
    if (special.length === 0) {
      this.#kindLanes = []
      return
    }
    const mine = new Set<string>()
    for (const kind of kinds) for (const queue of this.names) mine.add(kindLane(queue, kind))
    this.#kindLanes = special.filter((lane) => mine.has(lane))
  }

  /** Some queue here has a limit of its own. */
  get capped(): boolean {
    return this.#caps.size > 0
  }

  isCapped(queue: string): boolean {
    return this.#caps.has(queue)
  }

  /** The lanes of a claim of at most `limit` jobs. */
  lanes(limit: number): LaneLimit[] {
    const lanes: LaneLimit[] = []
    for (const queue of this.#order()) {
      const cap = this.#caps.get(queue)
      const room = cap === undefined ? limit : Math.min(limit, cap - (this.#held.get(queue) ?? 0))
      if (room <= 0) continue
      const special = this.#kindLanes.filter((lane) => laneQueue(lane) === queue)
      // The room of a capped queue is shared by its lanes; a lane that gets none this time is the only one when the others are empty.
      const share = cap === undefined ? room : Math.floor(room / (special.length + 1))
      for (const lane of [...special, queue]) {
        const limit = cap === undefined || lane !== queue ? share : room - share * special.length
        if (limit > 0) lanes.push({ lane, limit })
      }
    }
    return lanes
  }

  /** Count jobs of a queue in (positive) or out (negative). */
  count(queue: string, jobs: number): void {
    if (this.#caps.size > 0 && this.#caps.has(queue)) this.#held.set(queue, (this.#held.get(queue) ?? 0) + jobs)
  }

  /** A new session holds nothing. */
  reset(): void {
    this.#held.clear()
  }

  #order(): readonly string[] {
    if (!this.#weights) return this.names
    // Each queue draws a time from an exponential clock of its weight: the first is chosen with probability weight / sum, and so on down.
    const drawn = this.names.map((name, index) => ({ name, at: -Math.log(1 - Math.random()) / (this.#weights?.[index] ?? 1) }))
    return drawn.sort((a, b) => a.at - b.at).map((one) => one.name)
  }
}

function checkWeight(queue: string, weight: unknown): number {
  if (typeof weight === 'number' && weight > 0 && weight <= 1e6) return weight
  throw new WorksongError('WS_INVALID_OPTION', `The weight of queue '${queue}' is not a number above 0`, { field: `queues.${queue}` })
}
