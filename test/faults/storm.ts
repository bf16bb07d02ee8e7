/** A storm over worker processes: random ones are killed and replaced while jobs run; and how soon what they held ran again. */
import { monotonic, type Proc, type Stage, type WorkerConfig } from './stage.js'

export interface StormOptions {
  readonly on: Stage
  readonly workers: number
  readonly config: WorkerConfig & { readonly lease: { readonly duration: number; readonly sweep: number } }
  /** In [0, 1). */
  readonly random: () => number
}

interface Strike {
  readonly pid: number
  readonly at: number
}

export class Storm {
  readonly #options: StormOptions
  readonly #standing: Proc[] = []
  readonly #kills: Strike[] = []

  constructor(options: StormOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { on, workers, config } = this.#options
    const made = Array.from({ length: workers }, () => on.worker(config))
    this.#standing.push(...(await Promise.all(made)))
  }

  /** kill -9 of a random one, and another in its place. */
  async kill(): Promise<void> {
    const at = Math.floor(this.#options.random() * this.#standing.length)
    const victim = this.#standing.splice(at, 1)[0] as Proc
    victim.signal('SIGKILL')
    this.#kills.push({ pid: victim.pid, at: monotonic() })
    await victim.exit()
    this.#standing.push(await this.#options.on.worker(this.#options.config))
  }

  /** All that stand are still there: whoever died did so by our hand. */
  get standing(): boolean {
    return this.#standing.every(({ running }) => running)
  }

  /** For each job that ran on a killed worker and had not ended there: from the kill until it began again, in ms; null if it never did. */
  rescues(): (number | null)[] {
    const evidence = this.#options.on.evidence()
    const ended = new Set(evidence.flatMap(({ ev, run }) => (ev === 'end' && run ? [run] : [])))
    const starts = new Map<string, number[]>()
    for (const { ev, job, mono } of evidence) if (ev === 'start' && job) starts.set(job, [...(starts.get(job) ?? []), mono])
    return this.#kills.flatMap(({ pid, at }) => {
      const held = evidence.filter((line) => line.ev === 'start' && line.pid === pid && !ended.has(line.run ?? ''))
      return held.map(({ job }) => {
        const again = starts.get(job ?? '')?.find((mono) => mono > at)
        return again === undefined ? null : again - at
      })
    })
  }
}

/** What the sweepers need at most: the last beat is seen up to a round late, and the silence is noticed up to a round late. */
export const rescueBound = ({ duration, sweep }: { duration: number; sweep: number }): number => duration + 2 * sweep
