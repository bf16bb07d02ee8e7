/** Whom to wake for new jobs (workers for what may run now, promoters for what is due later), and how those in this process are told. */
import { DUE_HINT } from '../core/index.js'
import type { Hint } from './contract.js'
import type { NewJob } from './records.js'

/** The queues to announce, each once. */
export function hintsOf(jobs: readonly NewJob[]): readonly string[] {
  const [head] = jobs
  if (!head) return []
  const first = wakes(head)
  return jobs.every((job) => wakes(job) === first) ? [first] : [...new Set(jobs.map(wakes))]
}

/** A hint is nobody's duty: what it tells of is done, and who tells must not fail by it. A listener may go as it is told. */
export function tellAll(listeners: Iterable<(hint: Hint) => void>, hint: Hint): void {
  for (const listener of [...listeners]) {
    try {
      listener(hint)
    } catch {
      // Its own affair.
    }
  }
}

function wakes(job: NewJob): string {
  return job.delayMs === undefined && job.runAt === undefined ? job.queue : DUE_HINT
}
