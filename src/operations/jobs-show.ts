/** worksong jobs show ID */
import { WorksongError } from '../core/index.js'
import { type JobView, jobView } from './job-view.js'
import { operation } from './operation.js'
import { lines, when } from './table.js'

export const jobsShow = operation<{ id: string }, JobView>({
  name: ['jobs', 'show'],
  words: 'Show one job: its state, input, result, errors and attempts',
  right: 'view',
  fields: { id: { type: 'id', words: "the job's id", position: 0, required: true } },
  examples: ['worksong jobs show 0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e'],
  async run({ engine }, { id }) {
    const job = await engine.getJob({ id })
    if (!job) throw new WorksongError('WS_JOB_NOT_FOUND', `No job has the id ${id}`, { fix: 'It may have been pruned; see retention.' })
    return jobView(job)
  },
  show: (job) => {
    const attempts = job.attempts.map(
      (one) => `  ${when(one.at)}  ${one.end}${one.ranMs === null ? '' : ` after ${one.ranMs} ms`}${errorOf(one.error)}`,
    )
    return [
      lines([
        ['id', job.id],
        ['name', job.name],
        ['state', job.cancelRequested && job.state === 'running' ? 'running (cancel requested)' : job.state],
        ['queue', job.queue],
        ['priority', job.priority],
        ['attempt', `${job.attempt} of ${job.maxAttempts}`],
        ['created', when(job.createdAt)],
        ['due', when(job.runAt)],
        ['ended', when(job.endedAt)],
        ['worker', job.worker],
        ['blocked by', job.blockedBy],
        [
          'progress',
          job.progress ? `${job.progress.done}${job.progress.total ? ` of ${job.progress.total}` : ''} ${job.progress.text ?? ''}` : null,
        ],
        ['tags', job.tags.join(', ')],
        [
          'reference',
          Object.entries(job.reference)
            .map(([key, value]) => `${key}=${value}`)
            .join(', '),
        ],
        ['input', cut(job.input)],
        ['result', job.result === undefined ? null : cut(job.result)],
      ]),
      ...(attempts.length > 0 ? ['attempts:', ...attempts] : []),
    ].join('\n')
  },
})

function errorOf(error: { name: string; message: string } | undefined): string {
  return error ? `: ${error.name}: ${error.message.split('\n')[0]}` : ''
}

function cut(value: unknown): string {
  const text = JSON.stringify(value) ?? ''
  return text.length > 2000 ? `${text.slice(0, 2000)}… (--json shows all)` : text
}
