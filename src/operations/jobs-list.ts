/** worksong jobs list */
import { JOB_STATES } from '../core/index.js'
import { doubtOf } from './doubt.js'
import { type JobRow, jobRow } from './job-view.js'
import { moreText, type Page, type PageEnd, type PageInput, pageFields, pageOf } from './list-page.js'
import { operation } from './operation.js'
import { checkFilter, filterFields, filterOf, type JobsFilter, type Selection } from './selection.js'
import { table, when } from './table.js'

export interface JobsListInput extends JobsFilter, PageInput {}

export interface JobsListResult extends PageEnd {
  readonly jobs: readonly JobRow[]
}

export const jobsList = operation<Selection & Page, JobsListResult>({
  name: ['jobs', 'list'],
  words: 'List jobs, newest enqueued first; queued ones in the order in which they will run',
  right: 'view',
  long: true,
  fields: {
    state: { type: 'choice', choices: JOB_STATES, words: 'only jobs in this state' },
    ...filterFields,
    ...pageFields,
  },
  examples: [
    'worksong jobs list --state dead',
    "worksong jobs list --state dead --error 'timed out' --since 2h",
    'worksong jobs list --queue billing --json',
  ],
  check: checkFilter,
  async run(tools, { limit, after, within, ...input }) {
    const { jobs, ...end } = await pageOf(tools, filterOf(input), { limit, after, within })
    return { jobs: jobs.map(jobRow), ...end }
  },
  interrupted: ({ interrupted }) => interrupted === true,
  doubt: doubtOf,
  show: ({ jobs, ...end }) => {
    const rows = jobs.map((job) => [
      job.id,
      job.name,
      job.queue,
      job.state,
      `${job.attempt}/${job.maxAttempts}`,
      when(job.createdAt),
      when(job.runAt ?? job.endedAt),
    ])
    return table(['id', 'name', 'queue', 'state', 'attempt', 'created', 'due / ended'], rows) + moreText(end)
  },
})
