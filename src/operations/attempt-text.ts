/** One attempt in a line: when it ended, how, how long it ran, why, and what came of it. */
import type { End } from '../core/index.js'
import type { JobAttempt, JobView } from './job-view.js'
import { when } from './table.js'

/** What people call the ends; those that are not here are called as they are. */
const WORDS: Partial<Record<End, string>> = {
  retrying: 'failed',
  returned: 'given back unfinished',
  'lost-waiting': 'its worker was lost before it began',
  'lost-running': 'its worker was lost while it ran',
  'lost-alone': 'its worker was lost while it ran alone',
}

/** @param next the attempt after this one, when there was one */
export function attemptText(one: JobAttempt, next: JobAttempt | undefined, job: JobView): string {
  const ran = one.ranMs === null ? '' : ` (ran ${one.ranMs} ms)`
  const why = one.error ? `: ${one.error.name}: ${one.error.message.split('\n')[0]}` : ''
  return `${when(one.at)}  ${WORDS[one.end] ?? one.end}${ran}${sequel(one, next, job)}${why}`
}

/** When it ran again, or will: of ends after which a job goes on by itself. */
function sequel({ end }: JobAttempt, next: JobAttempt | undefined, job: JobView): string {
  if (end !== 'retrying' && end !== 'snoozed') return ''
  const again = end === 'retrying' ? 'tried again' : 'run again'
  if (next) return next.ranMs === null ? `, ${again}` : `, ${again} at ${when(new Date(next.at.getTime() - next.ranMs))}`
  if (job.state === 'scheduled') return `, to be ${again} at ${when(job.runAt)}`
  if (job.state === 'running') return `, being ${again}`
  return job.state === 'queued' ? `, to be ${again} by the next free worker` : ''
}
