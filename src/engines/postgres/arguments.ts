/** From the contract's requests to the arguments of the functions: arrays in binary, nulls where a column is all default. */
import { END_CODES } from '../../core/index.js'
import type { ClaimEnd, ClaimRequest, FinishRequest, NewJob } from '../../engine/index.js'
import { boolArray, float8Array, int2Array, int4Array, int8Array, textArray, uuidArray } from './encode.js'

const SLICE = 100

/** Jobs cut into slices of one queue, kind, priority and attempts each; reordered only where they differ. */
export function enqueueArguments(jobs: readonly NewJob[]): unknown[] {
  const sorted = uniform(jobs) ? jobs : grouped(jobs)
  const from: number[] = []
  const slices: number[] = new Array(sorted.length)
  const heads: NewJob[] = []
  for (let at = 0; at < sorted.length; at++) {
    const job = sorted[at] as NewJob
    const head = heads.at(-1)
    if (!head || !sameSlice(head, job) || at - ((from.at(-1) as number) - 1) >= SLICE) {
      heads.push(job)
      from.push(at + 1)
    }
    slices[at] = from.length
  }
  const rich = sorted.some((job) => job.extras)
  return [
    textArray(heads.map((job) => job.queue)),
    textArray(heads.map((job) => job.kind)),
    int2Array(heads.map((job) => job.priority)),
    int2Array(heads.map((job) => job.maxAttempts)),
    int4Array(from),
    uuidArray(sorted.map((job) => job.id)),
    int2Array(slices),
    textArray(sorted.map((job) => job.payload)),
    rich ? textArray(sorted.map((job) => (job.extras ? JSON.stringify(job.extras) : null))) : null,
    sorted.some((job) => job.runAt !== undefined) ? float8Array(sorted.map((job) => job.runAt)) : null,
    sorted.some((job) => job.delayMs !== undefined) ? float8Array(sorted.map((job) => job.delayMs)) : null,
    sorted.some((job) => job.extras?.reference),
  ]
}

/** The finishing half of a turn; nulls when there is nothing to finish. */
export function finishArguments(worker: string, p: FinishRequest | undefined): unknown[] {
  if (!p) return [false, worker, ...new Array(18).fill(null)]
  const { ends, closing } = p
  const leases = new Map<string, number>(closing.map((lease, at) => [lease, at + 1]))
  const open: string[] = []
  for (const end of ends) {
    if (leases.has(end.lease)) continue
    open.push(end.lease)
    leases.set(end.lease, closing.length + open.length)
  }
  return [
    true,
    worker,
    closing.length > 0 ? uuidArray(closing) : null,
    open.length > 0 ? uuidArray(open) : null,
    ...(ends.length > 0 ? endArguments(ends, leases) : new Array(13).fill(null)),
    ...startedArguments(p.started),
  ]
}

function endArguments(ends: readonly ClaimEnd[], leases: ReadonlyMap<string, number>): unknown[] {
  const plain = ends.every((end) => end.end === 'succeeded')
  const again: number[] = []
  if (!plain) {
    ends.forEach((end, at) => {
      if (end.end === 'retrying' || end.end === 'snoozed' || end.end === 'returned') again.push(at + 1)
    })
  }
  const returning = again.map((at) => ends[at - 1] as ClaimEnd)
  return [
    int2Array(ends.map((end) => leases.get(end.lease) as number)),
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
  for (const end of ends) {
    const key = `${stateAfter(end)} ${end.queue}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
    const running = `3 ${end.queue}`
    counts.set(running, (counts.get(running) ?? 0) - 1)
  }
  const keys = [...counts.keys()]
  return [textArray(keys.map((key) => key.slice(2))), int2Array(keys.map((key) => +(key[0] as string))), int8Array([...counts.values()])]
}

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
  if (!p) return new Array(8).fill(null)
  const lanes = textArray(p.lanes.map((one) => one.lane))
  const limits = int4Array(p.lanes.map((one) => one.limit))
  return [p.lease, lanes, limits, p.limit, rows, p.starting, p.alone === true, p.replay === true]
}

function sameSlice(a: NewJob, b: NewJob): boolean {
  return a.queue === b.queue && a.kind === b.kind && a.priority === b.priority && a.maxAttempts === b.maxAttempts
}

function uniform(jobs: readonly NewJob[]): boolean {
  const first = jobs[0] as NewJob
  return jobs.every((job) => sameSlice(first, job))
}

function grouped(jobs: readonly NewJob[]): NewJob[] {
  const groups = new Map<string, NewJob[]>()
  for (const job of jobs) {
    const key = `${job.queue} ${job.kind} ${job.priority} ${job.maxAttempts}`
    const group = groups.get(key)
    if (group) group.push(job)
    else groups.set(key, [job])
  }
  return [...groups.values()].flat()
}
