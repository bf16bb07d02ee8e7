/** From the contract's requests to the arguments of the functions: arrays in binary, nulls where a column is all default. */
import { END_CODES, isId, JOB_STATES, type JobState } from '../../core/index.js'
import type { ClaimEnd, ClaimRequest, FinishRequest, LogWrite, ProgressWrite } from '../../engine/index.js'
import { boolArray, float8Array, int2Array, int4Array, int8Array, textArray, uuidArray } from './encode.js'

/** The finishing half of a turn, and where its ends stood in the request: they go out grouped by lease. */
export function finishArguments(worker: string, p: FinishRequest | undefined): { values: unknown[]; places: readonly number[] } {
  if (!p) return { values: [false, worker, ...new Array(18).fill(null)], places: [] }
  const byLease = new Map<string, number[]>(p.closing.map((lease) => [lease, []]))
  p.ends.forEach((end, at) => {
    const places = byLease.get(end.lease)
    if (places) places.push(at)
    else byLease.set(end.lease, [at])
  })
  const open = [...byLease.keys()].slice(p.closing.length)
  const places = [...byLease.values()].flat()
  const to: number[] = []
  for (const group of byLease.values()) to.push((to.at(-1) ?? 0) + group.length)
  const values = [
    true,
    worker,
    p.closing.length > 0 ? uuidArray(p.closing) : null,
    open.length > 0 ? uuidArray(open) : null,
    ...(places.length > 0 ? [int4Array(to), ...endArguments(places.map((at) => p.ends[at] as ClaimEnd))] : new Array(13).fill(null)),
    ...startedArguments(p.started),
  ]
  return { values, places }
}

function endArguments(ends: readonly ClaimEnd[]): unknown[] {
  const plain = ends.every((end) => end.end === 'succeeded')
  const again: number[] = []
  if (!plain) {
    ends.forEach((end, at) => {
      if (end.end === 'retrying' || end.end === 'snoozed' || end.end === 'returned') again.push(at + 1)
    })
  }
  const returning = again.map((at) => ends[at - 1] as ClaimEnd)
  return [
    uuidArray(ends.map((end) => end.id)),
    int4Array(ends.map((end) => end.claim)),
    plain ? null : int2Array(ends.map((end) => END_CODES[end.end])),
    ends.every((end) => end.used === 1) ? null : int2Array(ends.map((end) => end.used)),
    int4Array(ends.map((end) => (end.ranMs === null ? null : Math.min(end.ranMs, 2_147_483_647)))),
    ends.every((end) => end.body === null) ? null : textArray(ends.map((end) => end.body)),
    again.length > 0 ? int4Array(again) : null,
    again.length > 0 ? float8Array(returning.map((end) => end.delayMs)) : null,
    again.length > 0 ? textArray(returning.map((end) => end.lane ?? null)) : null,
    ...tallyArguments(ends),
  ]
}

/** What the ends do to the counts, if all are accepted as reported; else the store counts for itself. */
function tallyArguments(ends: readonly ClaimEnd[]): unknown[] {
  const counts = new Map<string, number>()
  const add = (queue: string, state: number, n: number) => {
    const key = `${state} ${queue}`
    counts.set(key, (counts.get(key) ?? 0) + n)
  }
  // Ends of one kind come in runs: a run is summed before it is looked up.
  for (let at = 0, from = 0; at < ends.length; from = at) {
    const { queue } = ends[from] as ClaimEnd
    const state = stateAfter(ends[from] as ClaimEnd)
    while (at < ends.length && (ends[at] as ClaimEnd).queue === queue && stateAfter(ends[at] as ClaimEnd) === state) at++
    add(queue, state, at - from)
    add(queue, RUNNING, from - at)
  }
  const keys = [...counts.keys()]
  return [textArray(keys.map((key) => key.slice(2))), int2Array(keys.map((key) => +(key[0] as string))), int8Array([...counts.values()])]
}

const RUNNING = 3

function stateAfter(end: ClaimEnd): number {
  switch (end.end) {
    case 'succeeded':
      return 4
    case 'dead':
      return 5
    case 'cancelled':
      return 6
    default:
      return (end.delayMs ?? 0) > 0 ? 0 : 2
  }
}

function startedArguments(started: FinishRequest['started']): unknown[] {
  if (!started || started.length === 0) return [null, null, null]
  return [
    uuidArray(started.map((one) => one.lease)),
    int4Array(started.map((one) => one.count)),
    boolArray(started.map((one) => one.shared === true)),
  ]
}

/** The claiming half of a turn. `rows`: how many ready rows to lock at first. */
export function claimArguments(p: ClaimRequest | undefined, rows: number): unknown[] {
  if (!p) return new Array(9).fill(null)
  const lanes = textArray(p.lanes.map((one) => one.lane))
  const limits = int4Array(p.lanes.map((one) => one.limit))
  const only = p.only ? uuidArray(p.only.filter(isId)) : null
  return [p.lease, lanes, limits, p.limit, rows, p.starting, p.alone === true, p.replay === true, only]
}

/** The states that a job may be in to be acted on; null for any. */
export function statesArgument(states: readonly JobState[] | undefined): Buffer | null {
  return states ? int2Array(states.map((state) => JOB_STATES.indexOf(state))) : null
}

export function recordArguments(p: { progress: readonly ProgressWrite[]; logs: readonly LogWrite[]; maxLines: number }): unknown[] {
  const { progress, logs, maxLines } = p
  return [
    uuidArray(progress.map((one) => one.lease)),
    uuidArray(progress.map((one) => one.id)),
    int4Array(progress.map((one) => one.claim)),
    textArray(progress.map((one) => one.body)),
    uuidArray(logs.map((one) => one.lease)),
    uuidArray(logs.map((one) => one.id)),
    int4Array(logs.map((one) => one.claim)),
    textArray(logs.map((one) => one.level)),
    textArray(logs.map((one) => one.line)),
    float8Array(logs.map((one) => one.at)),
    maxLines,
  ]
}
