/** worksong dead list */
import { decodeJson, type Failure } from '../core/index.js'
import type { JobSummary, Settled } from '../engine/index.js'
import { doubtOf } from './doubt.js'
import { moreText, type Page, type PageEnd, pageFields, pageOf } from './list-page.js'
import { operation } from './operation.js'
import { filterFields, filterOf, type Selection } from './selection.js'
import { table, when } from './table.js'

/** A dead job, without its payload. */
export interface DeadRow {
  readonly id: string
  readonly name: string
  readonly queue: string
  readonly diedAt: Date | null
  /** Attempts used. */
  readonly attempts: number
  readonly maxAttempts: number
  /** Its last failure, without the stack. */
  readonly error: { readonly name: string; readonly message: string } | null
}

export interface DeadListResult extends PageEnd {
  readonly jobs: readonly DeadRow[]
}

const MESSAGE = 100

export const deadList = operation<Selection & Page, DeadListResult>({
  name: ['dead', 'list'],
  words: 'List dead jobs with what killed them, newest enqueued first; --since 1h: what died lately',
  right: 'view',
  long: true,
  fields: {
    ...filterFields,
    ...pageFields,
  },
  examples: ['worksong dead list', "worksong dead list --queue billing --error 'timed out' --since 2h"],
  async run(tools, { limit, after, within, ...input }) {
    const { engine } = tools
    const { jobs, ...end } = await pageOf(tools, filterOf({ ...input, state: 'dead' }), { limit, after, within })
    const settled = jobs.length > 0 ? await engine.settledJobs({ ids: jobs.map(({ id }) => id) }) : []
    const ends = new Map(settled.map((one) => [one.id, one]))
    return { jobs: jobs.map((job) => deadRow(job, ends.get(job.id))), ...end }
  },
  interrupted: ({ interrupted }) => interrupted === true,
  doubt: doubtOf,
  show: ({ jobs, ...end }) => {
    const rows = jobs.map((job) => [job.id, job.name, job.queue, when(job.diedAt), `${job.attempts}/${job.maxAttempts}`, errorLine(job)])
    return table(['id', 'name', 'queue', 'died', 'attempts', 'error'], rows) + moreText(end)
  },
})

function deadRow(job: JobSummary, settled: Settled | undefined): DeadRow {
  const failure = settled?.body ? (decodeJson(settled.body, 'failure') as Failure) : undefined
  return {
    id: job.id,
    name: job.kind,
    queue: job.queue,
    diedAt: job.endedAt === null ? null : new Date(job.endedAt),
    attempts: job.attempt,
    maxAttempts: job.maxAttempts,
    error: failure ? { name: failure.name, message: failure.message } : null,
  }
}

function errorLine({ error }: DeadRow): string | null {
  if (!error) return null
  const line = `${error.name}: ${error.message.split('\n', 1)[0]}`
  return line.length > MESSAGE ? `${line.slice(0, MESSAGE)}…` : line
}
