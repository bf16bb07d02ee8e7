/** worksong jobs cancel ID… */
import type { CancelResult } from '../engine/index.js'
import { operation } from './operation.js'
import { persist } from './persist.js'
import { table } from './table.js'

export const jobsCancel = operation<{ ids: string[]; reason?: string }, { id: string; result: CancelResult }[]>({
  name: ['jobs', 'cancel'],
  words: 'Cancel jobs: waiting ones end at once, running ones are asked to stop',
  right: 'operate',
  fields: {
    ids: { type: 'id', many: true, words: 'job ids', position: 0, required: true },
    reason: { type: 'text', words: 'why, kept with the job' },
  },
  examples: ["worksong jobs cancel 0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e --reason 'sent by hand'"],
  async run({ engine }, { ids, reason }) {
    const results = await persist(() => engine.cancelJobs({ ids, reason: reason ?? null }))
    return ids.map((id, at) => ({ id, result: results[at] as CancelResult }))
  },
  show: (results) =>
    table(
      ['id', 'result'],
      results.map((one) => [one.id, one.result]),
    ),
  failed: (results) => results.some((one) => one.result === 'missing'),
})
