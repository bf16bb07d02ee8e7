/** From jobs to the arguments of enqueue_1, in parts that one statement can take, and back to what became of each job. */
import type { InsertResult, NewJob } from '../../engine/index.js'
import { float8Array, int2Array, int4Array, textArray, uuidArray } from './encode.js'

const SLICE = 100
/** Slices have numbers of ten bits (sql/schema.ts), and a message its limits; half of what a slice may number is enough. */
const MAX_SLICES = 512
const MAX_BYTES = 16 * 2 ** 20

/** Jobs in parts that one statement can take each, nearly always one; reordered only where queue or priority differ. */
export function insertParts(jobs: readonly NewJob[]): readonly (readonly NewJob[])[] {
  const sorted = uniform(jobs) ? jobs : grouped(jobs)
  const parts: NewJob[][] = []
  let from = 0
  let slices = 0
  let length = 0
  let bytes = 0
  for (let at = 0; at < sorted.length; at++) {
    const job = sorted[at] as NewJob
    const size = job.payload.length * 3 > 65_536 ? Buffer.byteLength(job.payload) : job.payload.length
    const opens = at === from || length === SLICE || !sameSlice(sorted[at - 1] as NewJob, job)
    if (at > from && ((opens && slices === MAX_SLICES) || bytes + size > MAX_BYTES)) {
      parts.push(sorted.slice(from, at))
      from = at
      slices = 0
      bytes = 0
    }
    if (opens || at === from) {
      slices++
      length = 0
    }
    length++
    bytes += size
  }
  return from === 0 ? [sorted] : [...parts, sorted.slice(from)]
}

/** Jobs of one part, cut into slices of one queue and priority each. */
export function enqueueArguments(sorted: readonly NewJob[], own: boolean): unknown[] {
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
  const sorts = sortsOf(sorted)
  return [
    textArray(heads.map((job) => job.queue)),
    int2Array(heads.map((job) => job.priority)),
    int4Array(from),
    textArray(sorts.heads.map((job) => job.kind)),
    int2Array(sorts.heads.map((job) => job.maxAttempts)),
    uuidArray(sorted.map((job) => job.id)),
    int2Array(slices),
    sorts.of ? int2Array(sorts.of) : null,
    textArray(sorted.map((job) => job.payload)),
    rich ? textArray(sorted.map((job) => (job.extras ? JSON.stringify(job.extras) : null))) : null,
    sorted.some((job) => job.runAt !== undefined) ? float8Array(sorted.map((job) => job.runAt)) : null,
    sorted.some((job) => job.delayMs !== undefined) ? float8Array(sorted.map((job) => job.delayMs)) : null,
    sorted.some((job) => job.extras?.reference),
    own,
  ]
}

/** Jobs of one part that share all but id and payload. */
export function alikeArguments(jobs: readonly NewJob[]): unknown[] {
  const { queue, priority, kind, maxAttempts } = jobs[0] as NewJob
  return [queue, priority, kind, maxAttempts, uuidArray(jobs.map((job) => job.id)), textArray(jobs.map((job) => job.payload))]
}

/**
 * What became of each job, from the ids that were there already. An id that stands twice in one call: the first of them was inserted,
 * unless it was there before; then it is named twice.
 */
export function insertResults(jobs: readonly NewJob[], present: readonly string[]): InsertResult[] {
  const named = new Map<string, number>()
  for (const id of present) named.set(id, (named.get(id) ?? 0) + 1)
  const asked = new Map<string, number>()
  for (const job of jobs) asked.set(job.id, (asked.get(job.id) ?? 0) + 1)
  const inserted = new Set<string>()
  return jobs.map(({ id }) => {
    const times = named.get(id) ?? 0
    if (times === 0) return 'inserted'
    if (times > 1 || (asked.get(id) ?? 0) < 2 || inserted.has(id)) return 'exists'
    inserted.add(id)
    return 'inserted'
  })
}

/** Kinds with their attempts: few, however many jobs. */
function sortsOf(jobs: readonly NewJob[]): { heads: readonly NewJob[]; of: number[] | null } {
  const first = jobs[0] as NewJob
  if (jobs.every((job) => job.kind === first.kind && job.maxAttempts === first.maxAttempts)) return { heads: [first], of: null }
  const heads = new Map<string, { job: NewJob; number: number }>()
  const of = jobs.map((job) => {
    const key = `${job.maxAttempts} ${job.kind}`
    const known = heads.get(key) ?? { job, number: heads.size + 1 }
    heads.set(key, known)
    return known.number
  })
  return { heads: [...heads.values()].map((one) => one.job), of }
}

function sameSlice(a: NewJob, b: NewJob): boolean {
  return a.queue === b.queue && a.priority === b.priority
}

function uniform(jobs: readonly NewJob[]): boolean {
  const first = jobs[0] as NewJob
  return jobs.every((job) => sameSlice(first, job))
}

function grouped(jobs: readonly NewJob[]): NewJob[] {
  const groups = new Map<string, NewJob[]>()
  for (const job of jobs) {
    const key = `${job.priority} ${job.queue}`
    const group = groups.get(key)
    if (group) group.push(job)
    else groups.set(key, [job])
  }
  return [...groups.values()].flat()
}
