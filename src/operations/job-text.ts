/** One job whole, as people read it on a terminal. */
import { attemptText } from './attempt-text.js'
import { errorText } from './error-text.js'
import type { JobDetails } from './jobs-show.js'
import { logText } from './log-view.js'
import { lines, when } from './table.js'

export function jobText(job: JobDetails): string {
  const { attempts, errors, logs } = job
  const last = job.state === 'succeeded' ? undefined : errors.at(-1)
  return [
    facts(job),
    ...(attempts.length > 0 ? ['attempts:', ...attempts.map((one, at) => `  ${attemptText(one, attempts[at + 1], job)}`)] : []),
    ...(last ? [`last error (${when(last.at)}):`, indent(errorText(last))] : []),
    ...(logs && logs.total > 0 ? [logHead(job.id, logs), indent(logText(logs.last))] : []),
  ].join('\n')
}

function facts(job: JobDetails): string {
  return lines([
    ['id', job.id],
    ['name', job.name],
    ['state', job.cancelRequested && job.state === 'running' ? 'running (cancel requested)' : job.state],
    ['queue', job.queue],
    ['priority', job.priority],
    ['attempt', `${job.attempt} of ${job.maxAttempts}`],
    ['created', when(job.createdAt)],
    ['due', when(job.runAt)],
    ['ended', when(job.endedAt)],
    ['worker', workerText(job)],
    ['blocked by', job.blockedBy],
    ['progress', progressText(job.progress)],
    ['tags', job.tags.join(', ')],
    [
      'reference',
      Object.entries(job.reference)
        .map(([key, value]) => `${key}=${value}`)
        .join(', '),
    ],
    ['input', cut(job.input)],
    ['result', job.result === undefined ? null : cut(job.result)],
  ])
}

function workerText({ worker, runsOn }: JobDetails): string | null {
  return runsOn ? `${runsOn.name}, pid ${runsOn.pid} on ${runsOn.host} (${worker})` : worker
}

function progressText(progress: JobDetails['progress']): string | null {
  if (!progress) return null
  const { done, total, text } = progress
  return `${done}${total ? ` of ${total}` : ''}${text ? ` ${text}` : ''}`
}

function logHead(id: string, { last, total }: NonNullable<JobDetails['logs']>): string {
  return last.length < total ? `log (the last ${last.length} of ${total} lines; all: worksong jobs logs ${id}):` : 'log:'
}

function cut(value: unknown): string {
  const text = JSON.stringify(value) ?? ''
  return text.length > 2000 ? `${text.slice(0, 2000)}… (--json shows all)` : text
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ')
}
