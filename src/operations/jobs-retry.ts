/** worksong jobs retry ID… */
import type { RetryResult } from '../engine/index.js'
import { operation } from './operation.js'
import { persist } from './persist.js'
import { table } from './table.js'

export const jobsRetry = operation<{ ids: string[] }, { id: string; result: RetryResult }[]>({
  name: ['jobs', 'retry'],
  words: 'Let ended jobs run again with all their attempts, and scheduled ones at once',
  right: 'operate',
  fields: { ids: { type: 'id', many: true, words: 'job ids', position: 0, required: true } },
  examples: ['worksong jobs retry 0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e'],
  async run({ engine }, { ids }) {
    // A job may have run and ended since a try whose answer was lost: the next would have it run once more.
    const results = await persist(() => engine.retryJobs({ ids }), false)
    const queues = new Set<string>()
    for (const [at, id] of ids.entries()) {
      if (results[at] !== 'queued') continue
      const job = await engine.getJob({ id })
      if (job) queues.add(job.queue)
    }
    if (queues.size > 0) engine.announce([...queues])
    return ids.map((id, at) => ({ id, result: results[at] as RetryResult }))
  },
  show: (results) =>
    table(
      ['id', 'result'],
      results.map((one) => [one.id, one.result]),
    ),
  failed: (results) => results.some((one) => one.result === 'missing' || one.result === 'blocked'),
})
