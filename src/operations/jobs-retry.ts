/** worksong jobs retry ID… | by filter */
import { type JobState, WorksongError } from '../core/index.js'
import type { Engine, JobFilter, RetryResult } from '../engine/index.js'
import { type Bulk, inBulk, type One, oneByOne } from './bulk.js'
import { doubtOf } from './doubt.js'
import { operation } from './operation.js'
import { notAsAsked, outcomeText, withStates } from './outcome.js'
import { persist } from './persist.js'
import { planOf, planOnes } from './plan.js'
import { checkSelection, filterFields, filterOf, idsField, type Selection } from './selection.js'
import type { Tools } from './tools.js'

const STATES = ['dead', 'cancelled', 'scheduled', 'succeeded'] as const
/** Up to so many jobs are looked at one by one. */
const FEW = 10

export const jobsRetry = operation<Selection, One<RetryResult>[] | Bulk<RetryResult>>({
  name: ['jobs', 'retry'],
  words: 'Let ended jobs run again with all their attempts, and scheduled ones at once',
  right: 'operate',
  long: true,
  fields: {
    ...idsField,
    state: { type: 'choice', choices: STATES, words: 'jobs in this state; needed with a filter' },
    ...filterFields,
  },
  examples: [
    'worksong jobs retry 0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e',
    'worksong jobs retry --state cancelled --queue billing --since 2h --dry-run',
  ],
  check(input) {
    checkSelection(input)
    if (input.ids || input.state !== undefined) return
    throw new WorksongError('WS_INVALID_OPTION', 'state is missing', { field: 'state', fix: `Add \`state\`: ${STATES.join(', ')}.` })
  },
  run: async (tools, input) => (input.ids ? withStates(tools, await retryOnes(tools, input.ids)) : retryBulk(tools, filterOf(input))),
  plan: (tools, input, depth) => (input.ids ? planOnes(tools, 'Retry', input.ids, fate) : planOf(tools, 'Retry', [filterOf(input)], depth)),
  doubt: doubtOf,
  show: (outcome) => outcomeText(outcome),
  failed: notAsAsked,
  interrupted: (outcome) => !Array.isArray(outcome) && outcome.interrupted,
})

function fate(state: JobState): RetryResult {
  if (state === 'blocked') return 'blocked'
  return state === 'queued' || state === 'running' ? 'live' : 'queued'
}

/** @param states only those in one of them */
export async function retryOnes(tools: Tools, ids: readonly string[], states?: readonly JobState[]): Promise<One<RetryResult>[]> {
  const { engine } = tools
  const results = await oneByOne(tools, ids, (some) => retry(engine, some, states))
  const queued = results.filter(({ result }) => result === 'queued').map(({ id }) => id)
  if (queued.length > 0) engine.announce(await queuesOf(engine, queued))
  return results
}

/**
 * Retry all that pass the filter and are still in its state: what has succeeded since it was listed does not run again. Workers are told
 * page by page: the first should not wait for the last.
 */
export function retryBulk(tools: Tools, filter: JobFilter): Promise<Bulk<RetryResult>> {
  const { engine } = tools
  return inBulk(tools, [filter], 'retried', async (ids, { state }, jobs) => {
    const results = await retry(engine, ids, state ? [state] : undefined)
    const queues = new Set(jobs.filter((_, at) => results[at] === 'queued').map(({ queue }) => queue))
    if (queues.size > 0) engine.announce([...queues])
    return results
  })
}

/** A job may have run and ended since a try whose answer was lost: the next would have it run once more. */
function retry(engine: Engine, ids: readonly string[], states: readonly JobState[] | undefined): Promise<readonly RetryResult[]> {
  return persist(() => engine.retryJobs({ ids, ...(states ? { states } : {}) }), false)
}

/** Whose workers to wake. Of many jobs, all that have something queued: a hint too many does no harm, a look at each job would. */
async function queuesOf(engine: Engine, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length > FEW) return (await engine.listQueues()).filter(({ counts }) => counts.queued > 0).map(({ name }) => name)
  const jobs = await Promise.all(ids.map((id) => engine.getJob({ id })))
  return [...new Set(jobs.flatMap((job) => (job ? [job.queue] : [])))]
}
