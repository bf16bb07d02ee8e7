/** What became of jobs, in words: of each that was named, or counted; and whether that is what was asked for. */
import type { JobState } from '../core/index.js'
import { type Bulk, number, type One } from './bulk.js'
import { table } from './table.js'
import type { Tools } from './tools.js'

/** Answers that say that a job was left as it is. */
const LEFT: ReadonlySet<string> = new Set(['changed', 'live', 'ended', 'running', 'blocked'])
/** Looked up at once. */
const TOGETHER = 16

export function wasLeft(result: string): boolean {
  return LEFT.has(result)
}

/** Left, but because it is already what was asked for: queued by a retry, cancelled by a cancel. */
function isSo({ result, state }: One<string>): boolean {
  return (result === 'live' && state === 'queued') || (result === 'ended' && state === 'cancelled')
}

/** Whether one that was named is not as it was asked for: there is none, or it was left. By filter nothing can be. */
export function notAsAsked(outcome: readonly One<string>[] | Bulk<string>): boolean {
  return Array.isArray(outcome) && outcome.some((one: One<string>) => one.result === 'missing' || (wasLeft(one.result) && !isSo(one)))
}

/** Say of those that were left what they are instead. */
export async function withStates<Result extends string>({ engine }: Tools, all: readonly One<Result>[]): Promise<One<Result>[]> {
  const states = new Map<string, JobState>(all.flatMap(({ id, result }) => (isState(result) ? [[id, result]] : [])))
  const left = [...new Set(all.filter(({ id, result }) => wasLeft(result) && !states.has(id)).map(({ id }) => id))]
  try {
    for (let at = 0; at < left.length; at += TOGETHER) {
      const found = await Promise.all(left.slice(at, at + TOGETHER).map((id) => engine.getJob({ id })))
      for (const job of found) if (job) states.set(job.id, job.state)
    }
  } catch {
    // What was done is done: a look that fails afterwards says nothing.
  }
  return all.map((one) => {
    const state = states.get(one.id)
    return state === undefined || !wasLeft(one.result) ? one : { ...one, state }
  })
}

/** The result says it already. */
function isState(result: string): result is JobState {
  return result === 'running' || result === 'blocked'
}

/** How it is told: of jobs in which state alone the verb makes something else (`only`), and whether it only would be done. */
interface Telling {
  readonly only?: JobState | undefined
  readonly would?: boolean
}

export function outcomeText(outcome: readonly One<string>[] | Bulk<string>, only?: JobState): string {
  if (Array.isArray(outcome)) return onesText(outcome, { only })
  const { jobs, results, interrupted } = outcome as Bulk<string>
  const counts = Object.entries<number | undefined>(results).map(([result, count = 0]) => `${number(count)} ${result}`)
  const text = jobs === 0 ? 'no job passes the filter' : counts.join(', ')
  return interrupted ? `interrupted; so far: ${text}` : text
}

export function onesText(all: readonly One<string>[], telling: Telling): string {
  return table(
    ['id', 'result'],
    all.map((one) => [one.id, oneText(one, telling)]),
  )
}

function oneText(one: One<string>, { only, would = false }: Telling): string {
  const { result, state } = one
  if (wasLeft(result)) {
    const left = would ? 'so it would be left' : 'so it was left'
    if (state === undefined) return `${result}, ${left}`
    if (isSo(one)) return `is ${state} already`
    return only === undefined ? `is ${state}, ${left}` : `not ${only} (it is ${state}), ${left}`
  }
  if (!would || result === 'missing') return result
  return result === 'requested' ? 'would be asked to stop' : `would be ${result}`
}
