/** worksong jobs delete ID… | by filter */
import { JOB_STATES, type JobState } from '../core/index.js'
import type { DeleteResult, JobFilter } from '../engine/index.js'
import { type Bulk, inBulk, type One, oneByOne, perState } from './bulk.js'
import { doubtOf } from './doubt.js'
import { operation } from './operation.js'
import { notAsAsked, outcomeText, withStates } from './outcome.js'
import { persist } from './persist.js'
import { planOf, planOnes } from './plan.js'
import { checkSelection, filterFields, filterOf, idsField, type Selection } from './selection.js'
import type { Tools } from './tools.js'

/** A running job is its worker's: cancel it first. */
const STATES = JOB_STATES.filter((state) => state !== 'running')

export const jobsDelete = operation<Selection, One<DeleteResult>[] | Bulk<DeleteResult>>({
  name: ['jobs', 'delete'],
  words: 'Delete jobs for good, with results, errors and log lines; running ones are left',
  right: 'operate',
  long: true,
  destructive: true,
  fields: {
    ...idsField,
    state: { type: 'choice', choices: STATES, words: 'only jobs in this state' },
    ...filterFields,
  },
  examples: [
    'worksong jobs delete 0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e',
    'worksong jobs delete --state succeeded --queue billing --until 2h --dry-run',
  ],
  check: checkSelection,
  run: async (tools, input) =>
    input.ids
      ? withStates(tools, await oneByOne(tools, input.ids, (ids) => persist(() => tools.engine.deleteJobs({ ids }))))
      : deleteBulk(tools, filtersOf(input)),
  plan: (tools, input, depth) =>
    input.ids ? planOnes(tools, 'Delete', input.ids, fate) : planOf(tools, 'Delete', filtersOf(input), depth),
  doubt: doubtOf,
  show: (outcome) => outcomeText(outcome),
  failed: notAsAsked,
  interrupted: (outcome) => !Array.isArray(outcome) && outcome.interrupted,
})

/** Delete all that pass the filters, each of which names a state: what has left it meanwhile is left alone. */
export function deleteBulk(tools: Tools, filters: readonly JobFilter[]): Promise<Bulk<DeleteResult>> {
  return inBulk(tools, filters, 'deleted', (ids, { state }) => persist(() => tools.engine.deleteJobs({ ids, states: [state as JobState] })))
}

function fate(state: JobState): DeleteResult {
  return state === 'running' ? 'running' : 'deleted'
}

function filtersOf(input: Selection): readonly JobFilter[] {
  return perState(input, STATES, filterOf(input))
}
