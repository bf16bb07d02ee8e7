/** worksong jobs cancel ID… | by filter */
import { isTerminal, type JobState } from '../core/index.js'
import type { CancelResult, JobFilter } from '../engine/index.js'
import { type Bulk, inBulk, type One, oneByOne, perState } from './bulk.js'
import { doubtOf } from './doubt.js'
import { operation } from './operation.js'
import { notAsAsked, outcomeText, withStates } from './outcome.js'
import { persist } from './persist.js'
import { planOf, planOnes } from './plan.js'
import { checkSelection, filterFields, filterOf, idsField, type Selection } from './selection.js'

/** Those that have not ended: the others would be gone through for nothing. */
const STATES = ['scheduled', 'blocked', 'queued', 'running'] as const

const { error: _, ...fields } = filterFields

export const jobsCancel = operation<Selection & { reason?: string }, One<CancelResult>[] | Bulk<CancelResult>>({
  name: ['jobs', 'cancel'],
  words: 'Cancel jobs: waiting ones end at once, running ones are asked to stop',
  right: 'operate',
  long: true,
  destructive: (input) => input.ids === undefined,
  fields: {
    ...idsField,
    state: { type: 'choice', choices: STATES, words: 'only jobs in this state' },
    ...fields,
    reason: { type: 'text', words: 'why, kept with the job' },
  },
  examples: [
    "worksong jobs cancel 0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e --reason 'sent by hand'",
    'worksong jobs cancel --state scheduled --name invoice.remind --dry-run',
  ],
  check: checkSelection,
  async run(tools, input) {
    const reason = input.reason ?? null
    const { engine } = tools
    if (input.ids) return withStates(tools, await oneByOne(tools, input.ids, (ids) => persist(() => engine.cancelJobs({ ids, reason }))))
    // A job that has started since it was listed must not be cancelled as a queued one.
    const states = input.state === undefined ? {} : { states: [input.state] }
    return inBulk(tools, filtersOf(input), 'cancelled', (ids) => persist(() => engine.cancelJobs({ ids, reason, ...states })))
  },
  plan: (tools, input, depth) =>
    input.ids ? planOnes(tools, 'Cancel', input.ids, fate) : planOf(tools, 'Cancel', filtersOf(input), depth),
  doubt: doubtOf,
  show: (outcome) => outcomeText(outcome),
  failed: notAsAsked,
  interrupted: (outcome) => !Array.isArray(outcome) && outcome.interrupted,
})

function fate(state: JobState): CancelResult {
  if (isTerminal(state)) return 'ended'
  return state === 'running' ? 'requested' : 'cancelled'
}

function filtersOf(input: Selection): readonly JobFilter[] {
  return perState(input, STATES, filterOf(input))
}
