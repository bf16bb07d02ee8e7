/** worksong queues purge QUEUE --state STATE */
import { checkName, type JobState } from '../core/index.js'
import type { DeleteResult } from '../engine/index.js'
import type { Bulk } from './bulk.js'
import { doubtOf } from './doubt.js'
import { deleteBulk } from './jobs-delete.js'
import { operation } from './operation.js'
import { outcomeText } from './outcome.js'
import { planOf } from './plan.js'

export const queuesPurge = operation<{ queue: string; state: JobState }, Bulk<DeleteResult>>({
  name: ['queues', 'purge'],
  words: 'Delete the jobs of a queue that are in one state; running ones never are',
  right: 'operate',
  long: true,
  destructive: true,
  fields: {
    queue: { type: 'text', words: 'the queue', position: 0, required: true },
    state: {
      type: 'choice',
      choices: ['queued', 'scheduled', 'blocked', 'succeeded', 'dead', 'cancelled'],
      words: 'the jobs in this state',
      required: true,
    },
  },
  examples: ['worksong queues purge billing --state dead --dry-run', 'worksong queues purge billing --state dead --yes'],
  check: ({ queue }) => void checkName(queue, 'queue'),
  run: (tools, { queue, state }) => deleteBulk(tools, [{ queue, state }]),
  plan: (tools, { queue, state }, depth) => planOf(tools, 'Delete', [{ queue, state }], depth),
  doubt: doubtOf,
  show: (outcome) => outcomeText(outcome),
  interrupted: ({ interrupted }) => interrupted,
})
