/** A page of jobs: walk the place that the state names, describe what passes the filter, drop what has moved on since, walk on. */
import {
  type CursorPart,
  checkFilter,
  decodeCursor,
  encodeCursor,
  type JobFilter,
  type JobPage,
  type JobSummary,
  passes,
} from '../../engine/index.js'
import type { Connections } from './connection.js'
import { uuidArray } from './encode.js'
import { summary } from './rows.js'
import { CALL_SUMMARIES, CALL_WALK_QUEUED, callWalk } from './sql/list.js'

/** Steps grow: a page of what there is plenty of reads little, a filter that few pass makes few round trips. */
const FIRST_STEP = 50
const GROWTH = 4
const MAX_STEP = 10_000
/** The most entries that one call looks at, some 200 ms: a filter that matches nothing must not read the whole table. */
const MAX_WALK = 50_000
/** The most that one call describes in vain, each some 0.1 ms: those that the walk could not tell from such as pass. */
const MAX_VAIN = 2000

/** Where a walk stands: [id], or for queued jobs [lane, priority, seq of the row, number in it] (sql/list.ts). */
type Place = readonly (string | number)[]
const ID: readonly CursorPart[] = ['id']
const IN_LANE: readonly CursorPart[] = ['text', 'integer', 'integer', 'integer']

interface Step {
  readonly ids: readonly string[]
  readonly places: readonly string[]
  readonly seen: number
  readonly last: string | null
}

export async function listJobs(db: Connections, p: { filter: JobFilter; limit: number; after?: string }): Promise<JobPage> {
  const { filter, limit } = p
  checkFilter(filter)
  const queued = filter.state === 'queued'
  let place = p.after === undefined ? undefined : decodeCursor(p.after, filter, queued ? IN_LANE : ID)
  const jobs: JobSummary[] = []
  const next = () => (place ? encodeCursor(filter, place) : null)
  let [size, looked, vain] = [firstStep(filter, limit), 0, 0]
  for (; looked < MAX_WALK && jobs.length < limit; size = Math.min(size * GROWTH, MAX_STEP)) {
    const { ids, places, seen, last } = await step(db, filter, place, size)
    for await (const [at, job] of described(db, ids, () => limit - jobs.length + 1)) {
      // A job may have moved since, and an old end of a job that was retried is not its state.
      if (passes(job, filter)) {
        // One more than asked for: so there is a next page.
        if (jobs.length === limit) return { jobs, next: next(), looked: looked + at }
        jobs.push(job)
      } else if (++vain < MAX_VAIN) continue
      place = placeOf(places[at] as string, queued)
      if (vain >= MAX_VAIN) return { jobs, next: next(), looked: looked + at + 1 }
    }
    looked += seen
    if (seen < size) return { jobs, next: null, looked }
    if (last !== null) place = placeOf(last, queued)
  }
  return { jobs, next: next(), looked }
}

/** Of running jobs every step reads all leases, so with a filter it is to be one of few. */
function firstStep({ state, ...rest }: JobFilter, limit: number): number {
  if (state === 'running' && Object.keys(rest).length > 0) return MAX_STEP
  return Math.max(FIRST_STEP, Math.min(limit * 2, MAX_STEP))
}

async function step(db: Connections, filter: JobFilter, place: Place | undefined, size: number): Promise<Step> {
  const { state = 'all', queue = null, kind = null, since = null, until = null, error = null } = filter
  const { rows } =
    state === 'queued'
      ? await db.query(CALL_WALK_QUEUED, [...(place ?? [null, null, null, null]), queue, kind, since, until, size])
      : await db.query(callWalk(state), [place?.[0] ?? null, queue, kind, since, until, error, size])
  const [ids, places, seen, last] = (rows[0] ?? []) as [string[] | null, string[] | null, number, string | null]
  return { ids: ids ?? [], places: places ?? [], seen, last }
}

/** The jobs of the ids with their places in the list, no more at a time than are needed. */
async function* described(db: Connections, ids: readonly string[], needed: () => number): AsyncGenerator<[number, JobSummary]> {
  for (let from = 0, to = 0; from < ids.length; from = to) {
    to = from + Math.max(needed(), FIRST_STEP)
    const { rows } = await db.query(CALL_SUMMARIES, [uuidArray(ids.slice(from, to))])
    const byId = new Map(rows.map((row) => [row[0] as string, summary(row)]))
    for (let at = from; at < Math.min(to, ids.length); at++) {
      const job = byId.get(ids[at] as string)
      if (job) yield [at, job]
    }
  }
}

/** As the function writes it: an id, or the lane (which may hold spaces) and three numbers. */
function placeOf(text: string, queued: boolean): Place {
  if (!queued) return [text]
  const parts = text.split(' ')
  return [parts.slice(0, -3).join(' '), ...parts.slice(-3).map(Number)]
}
