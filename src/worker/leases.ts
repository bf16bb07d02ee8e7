/**
 * What this worker holds, by lease. A lease is closed by the flush that writes its last end; while another flush with ends of the same
 * lease is under way, the closing waits, because whoever came second would find the lease gone and be refused.
 */
import type { ClaimEnd, FinishRequest } from '../engine/index.js'

interface Held {
  /** Jobs of it that have no end yet. */
  left: number
  /** The places up to this one, in claimed order, have been started or passed over. */
  started: number
  /** What the store knows of `started`. */
  told: number
  readonly openedAt: number
  /** Ends that no flush has taken yet. */
  unsent: number
  /** Flushes under way that carry ends of it. */
  flights: number
  alone: boolean
  /** Not alone any more, and the store does not know. */
  untoldShared: boolean
}

/** A start younger than this is not worth telling: most such jobs have ended before the store would have heard of it. */
export const MARK_AFTER_MS = 100

type Report = Pick<FinishRequest, 'closing' | 'started'>

export class LeaseBook {
  readonly #held = new Map<string, Held>()
  /** Leases with nothing left, waiting for a flush to close them. */
  readonly #closable = new Set<string>()

  get closable(): boolean {
    return this.#closable.size > 0
  }

  opened(lease: string, jobs: number, told: number, alone: boolean): void {
    this.#held.set(lease, { left: jobs, started: 0, told, openedAt: performance.now(), unsent: 0, flights: 0, alone, untoldShared: false })
  }

  /** Jobs have started of which the store does not know. */
  get unmarked(): boolean {
    for (const held of this.#held.values()) if (held.left > 0 && held.started > held.told) return true
    return false
  }

  /** It is time to tell the store of starts, even if nothing else is to be written. */
  get markable(): boolean {
    for (const held of this.#held.values()) if (isMarkable(held)) return true
    return false
  }

  /** @param place the job's place in the lease, from 0: those before it may have ended without ever starting */
  jobStarted(lease: string, place: number): void {
    const held = this.#held.get(lease)
    if (held) held.started = Math.max(held.started, place + 1)
  }

  isAlone(lease: string): boolean {
    return this.#held.get(lease)?.alone === true
  }

  jobEnded(lease: string): void {
    const held = this.#held.get(lease)
    if (!held) return
    held.left--
    held.unsent++
  }

  /** Others will run beside the jobs that were claimed alone. */
  share(): void {
    for (const held of this.#held.values()) {
      if (held.alone) held.untoldShared = true
      held.alone = false
    }
  }

  /** What a flush of these ends says of their leases. Call `flown` with the same ends when it has returned. */
  report(ends: readonly ClaimEnd[]): Report {
    const touched = leasesOf(ends)
    for (const [lease, count] of touched) {
      const held = this.#held.get(lease)
      if (!held) continue
      held.flights++
      held.unsent -= count
      if (held.left === 0 && held.unsent === 0 && held.flights === 1) this.#closable.add(lease)
      else this.#closable.delete(lease)
    }
    const closing = [...this.#closable]
    this.#closable.clear()
    for (const lease of closing) if (!touched.has(lease)) this.#held.delete(lease)
    return { closing, started: this.#starts() }
  }

  /** A flush has been answered. */
  flown(ends: readonly ClaimEnd[], closed: readonly string[]): void {
    for (const lease of closed) this.#held.delete(lease)
    for (const lease of leasesOf(ends).keys()) {
      const held = this.#held.get(lease)
      if (!held) continue
      held.flights--
      if (held.left === 0 && held.unsent === 0 && held.flights === 0) this.#closable.add(lease)
    }
  }

  /** A flush was given up: its ends will go with others. */
  grounded(ends: readonly ClaimEnd[]): void {
    for (const [lease, count] of leasesOf(ends)) {
      const held = this.#held.get(lease)
      if (!held) continue
      held.flights--
      held.unsent += count
    }
  }

  #starts(): { lease: string; count: number; shared?: true }[] {
    const starts: { lease: string; count: number; shared?: true }[] = []
    for (const [lease, held] of this.#held) {
      if (!isMarkable(held)) continue
      starts.push({ lease, count: Math.max(held.started, held.told), ...(held.untoldShared ? { shared: true as const } : {}) })
      held.told = Math.max(held.started, held.told)
      held.untoldShared = false
    }
    return starts
  }
}

function isMarkable(held: Held): boolean {
  if (held.left === 0) return false
  return held.untoldShared || (held.started > held.told && performance.now() - held.openedAt >= MARK_AFTER_MS)
}

/** How many of the ends are of each lease. Ends of one lease mostly come in runs. */
function leasesOf(ends: readonly ClaimEnd[]): Map<string, number> {
  const leases = new Map<string, number>()
  for (let at = 0, from = 0; at < ends.length; from = at) {
    const { lease } = ends[from] as ClaimEnd
    while (at < ends.length && (ends[at] as ClaimEnd).lease === lease) at++
    leases.set(lease, (leases.get(lease) ?? 0) + at - from)
  }
  return leases
}
