/** What became of jobs, in words: of each that was named, or counted; and whether that is what was asked for. */
import type { JobState } from '../core/index.js'
import { type Bulk, number, type One } from './bulk.js'
import { persist } from './persist.js'
import { table } from './table.js'
import type { Tools } from './tools.js'

/** Answers that say that a job was left as it is. */
const LEFT: ReadonlySet<string> = new Set(['changed', 'live', 'ended', 'running', 'blocked'])
/** Of so many that were left it is looked up in what state they are. */
const LOOKED_UP = 1000

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
  const left = [...new Set(all.filter(({ result }) => wasLeft(result)).map(({ id }) => id))]
  const states = new Map<string, JobState | undefined>()
  for (const id of left.slice(0, LOOKED_UP)) states.set(id, (await persist(() => engine.getJob({ id })))?.state)
  return all.map((one) => {
    const state = one.result === 'running' || one.result === 'blocked' ? (one.result as JobState) : states.get(one.id)
    return state === undefined ? one : { ...one, state }
  })
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
