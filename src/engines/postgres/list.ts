/** A page of jobs: walk the ids of the place that the state names, describe them, drop what the filter does not want, walk on. */
import type { JobFilter, JobPage, JobSummary } from '../../engine/index.js'
import type { Connections } from './connection.js'
import { uuidArray } from './encode.js'
import { summary } from './rows.js'
import { DESCRIBE, LIST_IDS } from './sql/jobs.js'

const WALK = 500
/** The most rows that one call looks at: a filter that matches nothing must not read the whole table. */
const MAX_WALK = 50_000

export async function listJobs(db: Connections, p: { filter: JobFilter; limit: number; after?: string }): Promise<JobPage> {
  const { filter, limit } = p
  const jobs: JobSummary[] = []
  let after = p.after ?? null
  for (let walked = 0; walked < MAX_WALK; walked += WALK) {
    const step = Math.min(WALK, Math.max(limit * 2, 50))
    const { rows } = await db.query(LIST_IDS[filter.state ?? 'all'] as string, [after, step])
    const described = rows.length === 0 ? [] : (await db.query(DESCRIBE, [uuidArray(rows.map((row) => row[0] as string))])).rows
    const byId = new Map(described.map((row) => [row[0] as string, summary(row)]))
    for (const [at, row] of rows.entries()) {
      after = row[1] as string
      const job = byId.get(row[0] as string)
      if (!job || !wanted(job, filter)) continue
      jobs.push(job)
      if (jobs.length < limit) continue
      const last = at === rows.length - 1 && rows.length < step
      return { jobs, next: last ? null : after }
    }
    if (rows.length < step) return { jobs, next: null }
  }
  return { jobs, next: after }
}

/** The state too: a job may have moved since, and an old end of a job that was retried is not its state. */
function wanted(job: JobSummary, filter: JobFilter): boolean {
  return (
    (filter.state === undefined || job.state === filter.state) &&
    (filter.queue === undefined || job.queue === filter.queue) &&
    (filter.kind === undefined || job.kind === filter.kind)
  )
}
