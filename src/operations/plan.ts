/** What a verb would do, found out beforehand: counted by filter, looked at one by one where jobs are named. */
import type { JobState } from '../core/index.js'
import type { JobFilter } from '../engine/index.js'
import { breath, number, type One, pagesOf } from './bulk.js'
import type { Depth, Plan } from './operation.js'
import { onesText, wasLeft } from './outcome.js'
import { persist } from './persist.js'
import { filterWords } from './selection.js'
import { table } from './table.js'
import type { Tools } from './tools.js'

/** From so many on, going through them all to count them by name takes seconds. */
const MANY = 10_000

/** Count what a verb would hit. @param order 'Delete' @param filters one for each state that it can hit */
export async function planOf(tools: Tools, order: string, filters: readonly JobFilter[], depth: Depth): Promise<Plan> {
  const words = filterWords(filters.length === 1 ? (filters[0] as JobFilter) : withoutState(filters[0] as JobFilter))
  const { signal, progress } = tools
  if (depth !== 'names' && filters.every(isCounted)) {
    const byState = await counted(tools, filters)
    const count = Object.values(byState).reduce((sum, n) => sum + n, 0)
    if (depth === 'count') return plan(order, words, count)
    if (count >= MANY) return { ...plan(order, words, count), byState }
  }
  const byState: Partial<Record<JobState, number>> = {}
  const byName: Record<string, number> = Object.create(null)
  let count = 0
  for (const filter of filters) {
    for await (const page of pagesOf(tools, filter)) {
      for (const { state, kind } of page) {
        byState[state] = (byState[state] ?? 0) + 1
        byName[kind] = (byName[kind] ?? 0) + 1
      }
      count += page.length
      progress?.({ done: count, words: 'counted' })
    }
  }
  // Half a count is none.
  signal?.throwIfAborted()
  return { ...plan(order, words, count), byState, byName: { ...byName } }
}

/** Look at the jobs that are named. @param fate what the store would answer about one in that state @param only the one acted on */
export async function planOnes(
  { engine, signal, progress }: Tools,
  order: string,
  ids: readonly string[],
  fate: (state: JobState) => string,
  only?: JobState,
): Promise<Plan> {
  const jobs: One<string>[] = []
  for (const id of new Set(ids)) {
    signal?.throwIfAborted()
    const state = (await persist(() => engine.getJob({ id })))?.state
    const result = state === undefined ? 'missing' : fate(state)
    jobs.push({ id, result, ...(state !== undefined && wasLeft(result) ? { state } : {}) })
    progress?.({ done: jobs.length, words: 'looked at' })
    await breath()
  }
  const count = jobs.filter(({ result }) => result !== 'missing' && !wasLeft(result)).length
  const words = count === jobs.length ? jobsText(count) : `${number(count)} of ${jobsText(jobs.length)}`
  return { words: `${order} ${words}`, count, jobs, ...(only ? { only } : {}) }
}

export function planText({ words, byState = {}, byName = {}, jobs, only, missing = [] }: Plan): string {
  if (missing.length > 0) return `would ${lower(words)}\nmissing: ${missing.join(', ')}`
  if (jobs) return `would ${lower(words)}:\n${onesText(jobs, { only, would: true })}`
  const states = Object.entries<number | undefined>(byState).map(([state, count]) => ['state', state, count] as const)
  const names = Object.entries(byName).map(([name, count]) => ['name', name, count] as const)
  const all = [...states, ...names]
  if (all.length === 0) return `would ${lower(words)}`
  return `would ${lower(words)}:\n${table(['by', 'value', 'jobs'], all)}${names.length === 0 ? '\n(by name too: --deep)' : ''}`
}

function withoutState({ state: _, ...rest }: JobFilter): JobFilter {
  return rest
}

/** Store counts know queues and states, and nothing else. */
function isCounted({ kind, error, since, until }: JobFilter): boolean {
  return kind === undefined && error === undefined && since === undefined && until === undefined
}

async function counted({ engine }: Tools, filters: readonly JobFilter[]): Promise<Partial<Record<JobState, number>>> {
  const queues = await persist(() => engine.listQueues())
  const byState: Partial<Record<JobState, number>> = {}
  for (const { state, queue } of filters) {
    if (state === undefined) continue
    const meant = queues.filter(({ name }) => queue === undefined || name === queue)
    const count = meant.reduce((sum, { counts }) => sum + counts[state], 0)
    if (count > 0) byState[state] = count
  }
  return byState
}

function plan(order: string, words: string, count: number): Plan {
  return { words: `${order} ${jobsText(count)}${words}`, count }
}

function jobsText(count: number): string {
  return `${number(count)} ${count === 1 ? 'job' : 'jobs'}`
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
