/** worksong dead delete ID… | by filter | --all */
import type { JobState } from '../core/index.js'
import type { DeleteResult } from '../engine/index.js'
import { type Bulk, type One, oneByOne } from './bulk.js'
import { doubtOf } from './doubt.js'
import { deleteBulk } from './jobs-delete.js'
import { operation } from './operation.js'
import { notAsAsked, outcomeText, withStates } from './outcome.js'
import { persist } from './persist.js'
import { planOf, planOnes } from './plan.js'
import { checkSelection, filterFields, filterOf, idsField, type Selection } from './selection.js'

/** Dead jobs, by ids, filter, or all of them. */
export interface DeadSelection extends Omit<Selection, 'state'> {
  all?: boolean
}

export const deadFields = { ...idsField, all: { type: 'flag', words: 'all dead jobs' }, ...filterFields } as const

export function deadFilter({ ids: _, all: __, ...filter }: DeadSelection): { state: 'dead' } {
  return { ...filterOf({ ...filter, state: 'dead' }), state: 'dead' }
}

/** @throws WorksongError `WS_INVALID_OPTION` */
export function checkDead(input: DeadSelection): void {
  checkSelection({ all: false, ...input, ...(input.error === undefined ? {} : { state: 'dead' as const }) })
}

export const deadDelete = operation<DeadSelection, One<DeleteResult>[] | Bulk<DeleteResult>>({
  name: ['dead', 'delete'],
  words: 'Delete dead jobs for good; of others named, none',
  right: 'operate',
  long: true,
  destructive: true,
  fields: deadFields,
  examples: [
    "worksong dead delete --name invoice.callback --error 'no such customer' --dry-run",
    'worksong dead delete --all --until 30d --yes',
  ],
  check: checkDead,
  run: async (tools, input) =>
    input.ids
      ? withStates(tools, await oneByOne(tools, input.ids, (ids) => persist(() => tools.engine.deleteJobs({ ids, states: ['dead'] }))))
      : deleteBulk(tools, [deadFilter(input)]),
  plan: (tools, input, depth) =>
    input.ids ? planOnes(tools, 'Delete', input.ids, fate, 'dead') : planOf(tools, 'Delete', [deadFilter(input)], depth),
  doubt: doubtOf,
  show: (outcome) => outcomeText(outcome, 'dead'),
  failed: notAsAsked,
  interrupted: (outcome) => !Array.isArray(outcome) && outcome.interrupted,
})

function fate(state: JobState): DeleteResult {
  if (state === 'running') return 'running'
  return state === 'dead' ? 'deleted' : 'changed'
}
