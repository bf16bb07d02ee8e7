/** A verb over many jobs: page by page through a list, never a payload, with progress, and an end when nobody wants more. */
import { type JobState, WorksongError } from '../core/index.js'
import type { JobFilter, JobSummary } from '../engine/index.js'
import type { Depth, Plan } from './operation.js'
import { persist } from './persist.js'
import { filterWords, type Selection } from './selection.js'
import { table } from './table.js'
import type { Tools } from './tools.js'

/** What became of one job that was named. */
export interface One<Result extends string> {
  readonly id: string
  readonly result: Result
  /** Of one that was left as it is (`changed`): the state that it is in. */
  readonly state?: JobState
}

/** What became of all jobs that passed a filter. */
export interface Bulk<Result extends string> {
  /** How many were handled. */
  readonly jobs: number
  readonly results: Readonly<Partial<Record<Result, number>>>
  /** True when it was ended before the last of them. */
  readonly interrupted: boolean
}

const PAGE = 1000
/** Up to so many jobs are looked at one by one. */
const FEW = 50
/** From so many on, going through them all to count them by name takes seconds. */
const MANY = 10_000

/** The jobs that pass a filter, up to a thousand at a time. Ends early when the signal aborts. */
async function* pagesOf({ engine, signal }: Tools, filter: JobFilter): AsyncGenerator<readonly JobSummary[]> {
  for (let after: string | null | undefined; after !== null && !signal?.aborted; ) {
    const page = { filter, limit: PAGE, ...(after === undefined ? {} : { after }) }
    const { jobs, next } = await persist(() => engine.listJobs(page))
    if (jobs.length > 0) yield jobs
    await breath()
    after = next
  }
}

/** Signals are heard between turns of the event loop, of which a store in this process may leave none. */
export function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** As large parts as the store acts on without others having to wait for long. */
function* chunksOf<T>({ engine }: Tools, all: readonly T[]): Generator<readonly T[]> {
  const { actChunk } = engine.capabilities
  for (let at = 0; at < all.length; at += actChunk) yield all.slice(at, at + actChunk)
}

/** Act on every job that passes one of the filters, as listed. @param words what is told of the progress: 'deleted' */
export async function inBulk<Result extends string>(
  tools: Tools,
  filters: readonly JobFilter[],
  words: string,
  act: (ids: readonly string[], filter: JobFilter, jobs: readonly JobSummary[]) => Promise<readonly Result[]>,
): Promise<Bulk<Result>> {
  const results: Partial<Record<Result, number>> = {}
  let jobs = 0
  for (const filter of filters) {
    for await (const page of pagesOf(tools, filter)) {
      for (const some of chunksOf(tools, page)) {
        if (tools.signal?.aborted) break
        const ids = some.map(({ id }) => id)
        for (const result of await act(ids, filter, some)) results[result] = (results[result] ?? 0) + 1
        jobs += some.length
        tools.progress?.({ done: jobs, words })
        await breath()
      }
    }
  }
  return { jobs, results, interrupted: tools.signal?.aborted === true }
}

/** Each job that was named with what became of it. One that is named twice is acted on once. */
export async function oneByOne<Result extends string>(
  tools: Tools,
  ids: readonly string[],
  act: (ids: readonly string[]) => Promise<readonly Result[]>,
): Promise<One<Result>[]> {
  const results = new Map<string, Result>()
  for (const some of chunksOf(tools, [...new Set(ids)])) {
    const answers = await act(some)
    for (const [at, id] of some.entries()) results.set(id, answers[at] as Result)
    await breath()
  }
  return ids.map((id) => ({ id, result: results.get(id) as Result }))
}

/** Say of those that were left why: a few are looked at. */
export async function withStates<Result extends string>({ engine }: Tools, all: readonly One<Result>[]): Promise<One<Result>[]> {
  const left = new Set(
    all
      .filter(({ result }) => result === 'changed')
      .map(({ id }) => id)
      .slice(0, FEW),
  )
  const states = new Map<string, JobState | undefined>()
  for (const id of left) states.set(id, (await engine.getJob({ id }))?.state)
  return all.map((one) => {
    const state = states.get(one.id)
    return state === undefined ? one : { ...one, state }
  })
}

export function outcomeText<Result extends string>(outcome: One<Result>[] | Bulk<Result>, wanted = ''): string {
  if (Array.isArray(outcome)) {
    return table(
      ['id', 'result'],
      outcome.map((one) => [one.id, one.state === undefined ? one.result : `not ${wanted} (it is ${one.state}), so it was left`]),
    )
  }
  const { jobs, results, interrupted } = outcome
  const counts = Object.entries<number | undefined>(results).map(([result, count = 0]) => `${number(count)} ${result}`)
  const text = jobs === 0 ? 'no job passes the filter' : counts.join(', ')
  return interrupted ? `interrupted; so far: ${text}` : text
}

/** Count what a verb would hit. @param order 'Delete' @param states those of the jobs that it can hit */
export async function planOf(tools: Tools, order: string, input: Selection, filters: readonly JobFilter[], depth: Depth): Promise<Plan> {
  if (input.ids) return plan(order, '', input.ids.length)
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

export function planText({ words, byState = {}, byName = {} }: Plan): string {
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
  return { words: `${order} ${number(count)} ${count === 1 ? 'job' : 'jobs'}${words}`, count }
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

export function number(count: number): string {
  return count.toLocaleString('en-US')
}

/** By filter a verb needs states that it can do something about: those asked for, else all of them. */
export function perState(input: Selection, states: readonly JobState[], filter: JobFilter): readonly JobFilter[] {
  if (input.state === undefined) return states.map((state) => ({ ...filter, state }))
  if (states.includes(input.state)) return [filter]
  throw new WorksongError('WS_INVALID_OPTION', `state is not one of ${states.join(', ')}: '${input.state}'`, {
    field: 'state',
    fix: 'What is in another state cannot be acted on so.',
  })
}
