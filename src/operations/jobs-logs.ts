/** worksong jobs logs ID */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../engine/index.js'
import { theJob } from './find-job.js'
import { type JobLogLine, jobLogLine, logText } from './log-view.js'
import { operation } from './operation.js'
import { persist } from './persist.js'

interface JobsLogsInput {
  id: string
  after?: number
  limit?: number
  follow?: boolean
}

const POLL_MS = 500
/** Followed at most so many lines at a time. */
const PART = 200
/** Polls without a new line after which it is looked whether the job is still there: it may have ended and been pruned between two. */
const IDLE_POLLS = 20

export const jobsLogs = operation<JobsLogsInput, readonly JobLogLine[]>({
  name: ['jobs', 'logs'],
  words: 'Show what a job wrote with ctx.log, oldest first',
  right: 'view',
  fields: {
    id: { type: 'id', words: "the job's id", position: 0, required: true },
    after: { type: 'number', min: 0, default: 0, words: 'only lines behind the one of this number' },
    limit: { type: 'number', min: 1, max: 10_000, default: 1000, words: 'the most lines to show' },
    follow: { type: 'flag', words: 'go on with new lines until the job has ended, or Ctrl+C' },
  },
  examples: ['worksong jobs logs 0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e', 'worksong jobs logs 0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e --follow'],
  async run({ engine }, { id, after = 0, limit = 1000 }) {
    const lines = await engine.readLogs({ id, after, limit })
    if (lines.length === 0 && after === 0) await theJob(engine, id)
    return lines.map(jobLogLine)
  },
  async *follow({ engine }, { id, after = 0, limit = 1000 }, signal) {
    await theJob(engine, id)
    let last = after
    let left = limit
    for (let idle = 0; left > 0 && !signal.aborted; ) {
      // Asked before the lines are read: those of an ended job are all there.
      const ended = await persist(async () => (await engine.settledJobs({ ids: [id] })).length > 0)
      const lines = await persist(() => engine.readLogs({ id, after: last, limit: Math.min(left, PART) }))
      last = lines.at(-1)?.seq ?? last
      left -= lines.length
      idle = lines.length > 0 ? 0 : idle + 1
      if (lines.length > 0) yield lines.map(jobLogLine)
      else if (ended || (idle % IDLE_POLLS === 0 && (await isGone(engine, id)))) return
      // An ended job has no more than what is there.
      if (!ended && lines.length < PART) await sleep(POLL_MS, undefined, { signal }).catch(() => undefined)
    }
  },
  show: (lines) => (lines.length > 0 ? logText(lines) : '(none: a handler writes them with ctx.log)'),
})

async function isGone(engine: Engine, id: string): Promise<boolean> {
  return (await persist(() => engine.getJob({ id }))) === null
}
