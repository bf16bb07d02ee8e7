/** A verb over many jobs: page by page through a list, never a payload, with progress, and an end when nobody wants more. */
import { isWorksongError, type JobState, reworded, WorksongError } from '../core/index.js'
import type { JobFilter, JobSummary } from '../engine/index.js'
import { persist } from './persist.js'
import type { Selection } from './selection.js'
import type { Tools } from './tools.js'

/** What became of one job that was named. */
export interface One<Result extends string> {
  readonly id: string
  readonly result: Result
  /** Of one that was left as it is: the state that it is in. */
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

/** The jobs that pass a filter, up to a thousand at a time. Ends early when the signal aborts. */
export async function* pagesOf({ engine, signal }: Tools, filter: JobFilter): AsyncGenerator<readonly JobSummary[]> {
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
  try {
    for await (const { filter, some } of partsOf(tools, filters)) {
      const ids = some.map(({ id }) => id)
      for (const result of await act(ids, filter, some)) results[result] = (results[result] ?? 0) + 1
      jobs += some.length
      tools.progress?.({ done: jobs, words })
      await breath()
    }
  } catch (error) {
    throw isWorksongError(error) ? reworded(error, { done: jobs }) : error
  }
  return { jobs, results, interrupted: tools.signal?.aborted === true }
}

async function* partsOf(tools: Tools, filters: readonly JobFilter[]): AsyncGenerator<{ filter: JobFilter; some: readonly JobSummary[] }> {
  for (const filter of filters) {
    for await (const page of pagesOf(tools, filter)) {
      for (const some of chunksOf(tools, page)) {
        if (tools.signal?.aborted) return
        yield { filter, some }
      }
    }
  }
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
