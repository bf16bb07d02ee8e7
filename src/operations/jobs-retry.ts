/** worksong jobs retry ID… */
import type { Engine, RetryResult } from '../engine/index.js'
import { operation } from './operation.js'
import { persist } from './persist.js'
import { table } from './table.js'

/** Up to so many jobs are looked at one by one. */
const FEW = 10

export const jobsRetry = operation<{ ids: string[] }, { id: string; result: RetryResult }[]>({
  name: ['jobs', 'retry'],
  words: 'Let ended jobs run again with all their attempts, and scheduled ones at once',
  right: 'operate',
  fields: { ids: { type: 'id', many: true, words: 'job ids', position: 0, required: true } },
  examples: ['worksong jobs retry 0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e'],
  async run({ engine }, { ids }) {
    // A job may have run and ended since a try whose answer was lost: the next would have it run once more.
    const results = await persist(() => engine.retryJobs({ ids }), false)
    const queued = ids.filter((_, at) => results[at] === 'queued')
    if (queued.length > 0) engine.announce(await queuesOf(engine, queued))
    return ids.map((id, at) => ({ id, result: results[at] as RetryResult }))
  },
  show: (results) =>
    table(
      ['id', 'result'],
      results.map((one) => [one.id, one.result]),
    ),
  failed: (results) => results.some((one) => one.result === 'missing' || one.result === 'blocked'),
})

/** Whose workers to wake. Of many jobs, all that have something queued: a hint too many does no harm, a look at each job would. */
async function queuesOf(engine: Engine, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length > FEW) return (await engine.listQueues()).filter(({ counts }) => counts.queued > 0).map(({ name }) => name)
  const jobs = await Promise.all(ids.map((id) => engine.getJob({ id })))
  return [...new Set(jobs.flatMap((job) => (job ? [job.queue] : [])))]
}
