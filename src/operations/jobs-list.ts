/** worksong jobs list */
import { JOB_STATES, type JobState } from '../core/index.js'
import { type JobRow, jobRow } from './job-view.js'
import { operation } from './operation.js'
import { table, when } from './table.js'

export interface JobsListInput {
  state?: JobState
  queue?: string
  name?: string
  limit?: number
  after?: string
}

export interface JobsListResult {
  readonly jobs: readonly JobRow[]
  /** Give it as `after` for the next page; null at the end. */
  readonly next: string | null
}

export const jobsList = operation<JobsListInput, JobsListResult>({
  name: ['jobs', 'list'],
  words: 'List jobs, newest first; queued ones in the order in which they will run',
  right: 'view',
  fields: {
    state: { type: 'choice', choices: JOB_STATES, words: 'only jobs in this state' },
    queue: { type: 'text', words: 'only jobs of this queue' },
    name: { type: 'text', words: 'only jobs of this name' },
    limit: { type: 'number', min: 1, max: 1000, default: 50, words: 'the most to show' },
    after: { type: 'text', words: 'go on behind this cursor, which the page before gave' },
  },
  examples: ['worksong jobs list --state dead', 'worksong jobs list --queue billing --json'],
  async run({ engine }, { state, queue, name, limit = 50, after }) {
    const filter = { ...(state ? { state } : {}), ...(queue ? { queue } : {}), ...(name ? { kind: name } : {}) }
    const page = await engine.listJobs({ filter, limit, ...(after ? { after } : {}) })
    return { jobs: page.jobs.map(jobRow), next: page.next }
  },
  show: ({ jobs, next }) => {
    const rows = jobs.map((job) => [
      job.id,
      job.name,
      job.queue,
      job.state,
      `${job.attempt}/${job.maxAttempts}`,
      when(job.createdAt),
      when(job.runAt ?? job.endedAt),
    ])
    const body = table(['id', 'name', 'queue', 'state', 'attempt', 'created', 'due / ended'], rows)
    return next ? `${body}\nmore: --after '${next}'` : body
  },
})
