/** worksong jobs run ID */
import { WorksongError } from '../core/index.js'
import type { ClaimEnd, JobRecord } from '../engine/index.js'
import { theHandled } from './definition.js'
import { theJob } from './find-job.js'
import { operation } from './operation.js'
import { persist } from './persist.js'
import { type Ran, type RunReport, reportOf, reportText } from './run-report.js'
import type { Tools } from './tools.js'

export const jobsRun = operation<{ id: string }, RunReport>({
  name: ['jobs', 'run'],
  words: 'Run a waiting job here and now, whatever its queue or its turn; its end is stored as always',
  right: 'operate',
  needsJobs: true,
  long: true,
  watched: true,
  fields: { id: { type: 'id', words: "the job's id", position: 0, required: true } },
  examples: ['worksong jobs run 0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e'],
  run: async (tools, { id }) => (await runStored(tools, id)).report,
  show: reportText,
  failed: ({ end }) => end !== 'succeeded',
  interrupted: ({ end }) => end === 'returned',
})

/** The same for a caller in this process, who gets what was thrown. */
export const jobsRunHere = operation<{ id: string }, Ran>({
  name: jobsRun.name,
  words: jobsRun.words,
  right: jobsRun.right,
  fields: jobsRun.fields,
  examples: jobsRun.examples,
  run: (tools, { id }) => runStored(tools, id),
  show: ({ report }) => reportText(report),
})

/** @throws WorksongError `WS_JOB_NOT_FOUND`, `WS_UNKNOWN_JOB`, `WS_NO_HANDLER`, `WS_JOB_NOT_WAITING` */
async function runStored(tools: Tools, id: string): Promise<Ran> {
  const { engine, signal } = tools
  const job = await persist(() => theJob(engine, id))
  const definition = theHandled(tools.jobs, job.kind)
  refuse(job)
  let answered: (ended: { end: ClaimEnd; error: unknown } | undefined) => void = () => undefined
  const ended = new Promise<{ end: ClaimEnd; error: unknown } | undefined>((resolve) => {
    answered = resolve
  })
  const worker = tools.worker({
    name: 'jobs.run',
    jobs: [definition],
    queues: [job.queue],
    concurrency: 1,
    only: [id],
    onClaimed: (count) => count === 0 && answered(undefined),
    onEnd: (end, error) => answered({ end, error }),
  })
  const interrupt = () => void worker.stop({ grace: 0 }).catch(() => undefined)
  signal?.addEventListener('abort', interrupt, { once: true })
  try {
    await worker.start()
    if (signal?.aborted) interrupt()
    // Stopped before it had claimed anything, or declared lost: there is no end to wait for.
    const found = await Promise.race([ended, worker.stopped.then(() => byNow(ended))])
    if (found) return { report: reportOf(job.kind, found.end, id), thrown: found.error }
  } finally {
    signal?.removeEventListener('abort', interrupt)
    await worker.stop()
  }
  refuse(await theJob(engine, id))
  throw notWaiting(id, 'somebody else has just taken it')
}

/** What is known by now. */
function byNow<T>(ended: Promise<T>): Promise<T | undefined> {
  return Promise.race([ended, Promise.resolve(undefined)])
}

function refuse({ id, state, worker, blockedBy }: JobRecord): void {
  if (state === 'queued' || state === 'scheduled') return
  if (state === 'running') throw notWaiting(id, `it is running already, in worker ${worker}`, 'Wait for its end, or cancel it.')
  if (state === 'blocked') throw notWaiting(id, `it is blocked: ${blockedBy ?? 'by what was not said'}`)
  throw notWaiting(id, `it has ended: ${state}`, `Let it run again first: worksong jobs retry ${id}`)
}

function notWaiting(id: string, why: string, fix?: string): WorksongError {
  return new WorksongError('WS_JOB_NOT_WAITING', `Job ${id} cannot be run here: ${why}`, fix === undefined ? {} : { fix })
}
