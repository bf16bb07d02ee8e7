/** worksong jobs delete ID… | by filter */
import { JOB_STATES, type JobState } from '../core/index.js'
import type { DeleteResult, JobFilter } from '../engine/index.js'
import { type Bulk, inBulk, type One, oneByOne, outcomeText, perState, planOf } from './bulk.js'
import { operation } from './operation.js'
import { persist } from './persist.js'
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
  run: (tools, input) =>
    input.ids ? oneByOne(tools, input.ids, (ids) => persist(() => tools.engine.deleteJobs({ ids }))) : deleteBulk(tools, filtersOf(input)),
  plan: (tools, input, depth) => planOf(tools, 'Delete', input, filtersOf(input), depth),
  show: outcomeText,
  failed: (outcome) => Array.isArray(outcome) && outcome.some(({ result }) => result !== 'deleted'),
  interrupted: (outcome) => !Array.isArray(outcome) && outcome.interrupted,
})

/** Delete all that pass the filters, each of which names a state: what has left it meanwhile is left alone. */
export function deleteBulk(tools: Tools, filters: readonly JobFilter[]): Promise<Bulk<DeleteResult>> {
  return inBulk(tools, filters, 'deleted', (ids, { state }) => persist(() => tools.engine.deleteJobs({ ids, states: [state as JobState] })))
}

function filtersOf(input: Selection): readonly JobFilter[] {
  return perState(input, STATES, filterOf(input))
}
