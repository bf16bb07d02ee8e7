/** worksong jobs show ID */
import type { Engine, JobRecord } from '../engine/index.js'
import { theJob } from './find-job.js'
import { jobText } from './job-text.js'
import { type JobView, jobView } from './job-view.js'
import { type JobLogLine, jobLogLine } from './log-view.js'
import { operation } from './operation.js'

/** A job with what stands beside it in the store. */
export interface JobDetails extends JobView {
  /** The last of its log lines, and how many it has; absent when they were not asked for. */
  readonly logs?: { readonly last: readonly JobLogLine[]; readonly total: number }
  /** The worker that has it, while it runs; absent when log lines were not asked for. */
  readonly runsOn?: { readonly name: string; readonly host: string; readonly pid: number }
}

/** More lines than any job keeps. */
const ALL_LINES = 10_000

export const jobsShow = operation<{ id: string; logs?: number }, JobDetails>({
  name: ['jobs', 'show'],
  words: 'Show one job: its state, input, result, attempts, last error with its stack, last log lines',
  right: 'view',
  fields: {
    id: { type: 'id', words: "the job's id", position: 0, required: true },
    logs: { type: 'number', min: 0, max: 1000, default: 5, words: 'how many of its last log lines' },
  },
  examples: [
    'worksong jobs show 0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e',
    'worksong jobs show 0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e --logs 20',
  ],
  async run({ engine }, { id, logs = 5 }) {
    const job = await theJob(engine, id)
    // Without log lines it is one look, and nothing else: what a program wants that asks again and again.
    return logs === 0 ? jobView(job) : { ...jobView(job), ...(await beside(engine, job, logs)) }
  },
  show: jobText,
})

async function beside(engine: Engine, job: JobRecord, count: number): Promise<Pick<JobDetails, 'logs' | 'runsOn'>> {
  const lines = await engine.readLogs({ id: job.id, after: 0, limit: ALL_LINES })
  const logs = { last: lines.slice(-count).map(jobLogLine), total: lines.length }
  const worker = job.worker === null ? undefined : (await engine.listWorkers()).find((one) => one.id === job.worker)
  return { logs, ...(worker ? { runsOn: { name: worker.name, host: worker.host, pid: worker.pid } } : {}) }
}
