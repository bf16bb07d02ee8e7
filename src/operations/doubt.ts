/** Names that were probably mistyped, to be told beside a result: nothing is refused for them. */
import type { QueueRecord } from '../engine/index.js'
import { nearest } from './near.js'
import { persist } from './persist.js'
import type { Tools } from './tools.js'

export interface QueueDoubt {
  /** Present when the name may be a mistake: neither a job in the store nor one of the app's definitions is of this queue. */
  readonly unknown?: true
  /** Of the queues that are known, one whose name is much like this one's. */
  readonly similar?: string
}

interface Filter {
  readonly queue?: string
  readonly name?: string
  readonly after?: string
}

type Outcome = { readonly jobs: number | readonly unknown[] } | readonly unknown[]

/** Of a filter that no job passes. @param outcome absent where it was only counted */
export async function doubtOf(tools: Tools, { queue, name, after }: Filter, outcome?: Outcome): Promise<string | undefined> {
  if (after !== undefined || (outcome && !isNone(outcome))) return undefined
  const ofQueue = queue === undefined ? {} : queueDoubt(tools, queue, await storedQueues(tools))
  if (ofQueue.unknown) return `There is no job of queue '${queue}' in the store${orSimilar(ofQueue.similar)}`
  // Which names the store has is not known without going through its jobs.
  if (name === undefined || tools.jobs.size === 0 || tools.jobs.has(name)) return undefined
  return `No job of this app is named '${name}'${orSimilar(nearest(name, tools.jobs.keys()))}`
}

/** Of a queue that has just been given a job. */
export async function newQueueDoubt(tools: Tools, queue: string): Promise<string | undefined> {
  const { unknown, similar } = queueDoubt(tools, queue, await storedQueues(tools), 1)
  return unknown && `This is the only job of queue '${queue}', which no job of the app names${orSimilar(similar)}`
}

/** @param own so many jobs in it say nothing */
export function queueDoubt({ jobs }: Tools, queue: string, stored: readonly QueueRecord[], own = 0): QueueDoubt {
  const defined = [...jobs.values()].map((job) => job.queue)
  const held = stored.filter((one) => jobsIn(one) > (one.name === queue ? own : 0)).map(({ name }) => name)
  const known = new Set([...defined, ...held])
  if (known.has(queue)) return {}
  const similar = nearest(queue, known)
  return { unknown: true, ...(similar === undefined ? {} : { similar }) }
}

export function storedQueues({ engine }: Tools): Promise<readonly QueueRecord[]> {
  return persist(() => engine.listQueues())
}

export function orSimilar(similar: string | undefined): string {
  return similar === undefined ? '' : `: did you mean '${similar}'?`
}

function jobsIn({ counts }: QueueRecord): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function isNone(outcome: Outcome): boolean {
  if (!('jobs' in outcome)) return false
  return typeof outcome.jobs === 'number' ? outcome.jobs === 0 : outcome.jobs.length === 0
}
