/** Whom to wake for new jobs: workers for what may run now, promoters for what is due later. */
import { DUE_HINT } from '../core/index.js'
import type { NewJob } from './records.js'

/** The queues to announce, each once. */
export function hintsOf(jobs: readonly NewJob[]): readonly string[] {
  const [head] = jobs
  if (!head) return []
  const first = wakes(head)
  return jobs.every((job) => wakes(job) === first) ? [first] : [...new Set(jobs.map(wakes))]
}

function wakes(job: NewJob): string {
  return job.delayMs === undefined && job.runAt === undefined ? job.queue : DUE_HINT
}
