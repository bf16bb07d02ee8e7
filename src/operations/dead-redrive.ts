/** worksong dead redrive ID… | by filter | --all */
import type { RetryResult } from '../engine/index.js'
import type { Bulk, One } from './bulk.js'
import { checkDead, type DeadSelection, deadFields, deadFilter } from './dead-delete.js'
import { doubtOf } from './doubt.js'
import { retryBulk, retryOnes } from './jobs-retry.js'
import { operation } from './operation.js'
import { notAsAsked, outcomeText, withStates } from './outcome.js'
import { planOf, planOnes } from './plan.js'

/** `changed`: the job is not dead, so it was left. */
export type RedriveResult = RetryResult

export const deadRedrive = operation<DeadSelection, One<RedriveResult>[] | Bulk<RedriveResult>>({
  name: ['dead', 'redrive'],
  words: 'Let dead jobs run again with all their attempts; others named are left',
  right: 'operate',
  long: true,
  fields: deadFields,
  examples: [
    'worksong dead redrive 0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e',
    "worksong dead redrive --error 'timed out' --since 2h --dry-run",
  ],
  check: checkDead,
  run: async (tools, input) =>
    input.ids ? withStates(tools, await retryOnes(tools, input.ids, ['dead'])) : retryBulk(tools, deadFilter(input)),
  plan: (tools, input, depth) =>
    input.ids
      ? planOnes(tools, 'Redrive', input.ids, (state) => (state === 'dead' ? 'queued' : 'changed'), 'dead')
      : planOf(tools, 'Redrive', [deadFilter(input)], depth),
  doubt: doubtOf,
  show: (outcome) => outcomeText(outcome, 'dead'),
  failed: notAsAsked,
  interrupted: (outcome) => !Array.isArray(outcome) && outcome.interrupted,
})
