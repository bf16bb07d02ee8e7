/** worksong jobs list */
import { JOB_STATES, type JobState } from '../core/index.js'
import { type JobRow, jobRow } from './job-view.js'
import { operation } from './operation.js'
import { checkFilter, filterFields, filterOf, type Selection } from './selection.js'
import { table, when } from './table.js'

export interface JobsListInput {
  state?: JobState
  queue?: string
  name?: string
  /** In the message of the last error; with state dead or cancelled. */
  error?: string
  /** Ended jobs by when they ended, others by when they were enqueued. Text such as '2h' means so long ago. */
  since?: Date | number | string
  until?: Date | number | string
  limit?: number
  after?: string
}

export interface JobsListResult {
  readonly jobs: readonly JobRow[]
  /** Give it as `after` for the next page; null at the end. */
  readonly next: string | null
}

export const jobsList = operation<Selection & { limit?: number; after?: string }, JobsListResult>({
  name: ['jobs', 'list'],
  words: 'List jobs, newest first; queued ones in the order in which they will run',
  right: 'view',
  fields: {
    state: { type: 'choice', choices: JOB_STATES, words: 'only jobs in this state' },
    ...filterFields,
    limit: { type: 'number', min: 1, max: 1000, default: 50, words: 'the most to show' },
    after: { type: 'text', words: 'go on behind this cursor, which the page before gave' },
  },
  examples: [
    'worksong jobs list --state dead',
    "worksong jobs list --state dead --error 'timed out' --since 2h",
    'worksong jobs list --queue billing --json',
  ],
  check: checkFilter,
  async run({ engine }, { limit = 50, after, ...input }) {
    const page = await engine.listJobs({ filter: filterOf(input), limit, ...(after ? { after } : {}) })
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
