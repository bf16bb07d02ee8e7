/** The exact count of jobs per queue and state. A transaction collects what it moved and writes the sums at its end, a few rows in all. */
import type { JobState } from '../../../core/index.js'
import type { Connection } from '../connection.js'

const ADD = `insert into worksong_tallies(queue, state, n) values (?, ?, ?)
  on conflict(queue, state) do update set n = n + excluded.n`

export class Tally {
  readonly #sums = new Map<string, Map<JobState, number>>()
  #run: { queue: string; from: JobState; to: JobState; count: number } | undefined

  add(queue: string, state: JobState, count = 1): void {
    let states = this.#sums.get(queue)
    if (!states) {
      states = new Map()
      this.#sums.set(queue, states)
    }
    states.set(state, (states.get(state) ?? 0) + count)
  }

  /** Moves of one kind come in runs: a run is summed before it is looked up. */
  move(queue: string, from: JobState, to: JobState, count = 1): void {
    const run = this.#run
    if (run && run.queue === queue && run.from === from && run.to === to) {
      run.count += count
      return
    }
    this.#endRun()
    this.#run = { queue, from, to, count }
  }

  #endRun(): void {
    if (!this.#run) return
    const { queue, from, to, count } = this.#run
    this.#run = undefined
    this.add(queue, from, -count)
    this.add(queue, to, count)
  }

  write(db: Connection): void {
    this.#endRun()
    for (const [queue, states] of this.#sums) {
      for (const [state, count] of states) if (count !== 0) db.run(ADD, queue, state, count)
    }
  }
}
