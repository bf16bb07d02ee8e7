/**
 * Pages of jobs. Each state has an index to walk: newest first by seq, queued ones in the order of their lanes. What is filtered by is read
 * while walking, and a walk ends after a bounded number of rows: then the page is short, and says where to go on.
 */
import {
  type CursorPart,
  checkFilter,
  decodeCursor,
  encodeCursor,
  type JobFilter,
  type JobPage,
  type JobSummary,
} from '../../../engine/index.js'
import type { Tx } from '../transaction.js'
import { summary } from './jobs.js'
import { Holders, runningJobs } from './leases.js'
import { newest } from './list-newest.js'
import { headBySeq, placeOf } from './places.js'

/** Some 20 to 50 ms. */
const MAX_LOOKED = 20_000
/** Steps grow: a page of what there is plenty of reads little. */
const FIRST_STEP = 500
const GROWTH = 4
/** Behind every name. */
const LAST_LANE = '\u{10ffff}'

const READY = `select x.seq, j.kind, j.created_at, x.lane, x.priority from worksong_ready x cross join worksong_jobs j on j.seq = x.seq
  where (x.lane, x.priority, x.seq) > (?, ?, ?) and x.lane < ? order by x.lane, x.priority, x.seq limit ?`

/** seq, kind, when it was enqueued, lane, priority. */
type ReadyRow = readonly [number, string, number, string, number]
/** Where a walk stands: [seq], or for queued jobs [lane, priority, seq]. */
type Cursor = readonly (string | number)[]
const NEWEST_PARTS: readonly CursorPart[] = ['integer']
const READY_PARTS: readonly CursorPart[] = ['text', 'integer', 'integer']

/** What passes the filter, each with what to go on behind; how many were looked at, and what to go on behind after all of them. */
interface Step {
  readonly found: readonly (readonly [seq: number, place: Cursor])[]
  readonly seen: number
  readonly last: Cursor | undefined
}
/** Look at `size` entries; no more than `most` that pass are wanted. */
type Walk = (cursor: Cursor | undefined, size: number, most: number) => Step

export function listJobs(tx: Tx, p: { filter: JobFilter; limit: number; after?: string }): JobPage {
  const { filter, limit } = p
  checkFilter(filter)
  let cursor = p.after === undefined ? undefined : decodeCursor(p.after, filter, filter.state === 'queued' ? READY_PARTS : NEWEST_PARTS)
  const walk = walkOf(tx, filter)
  const jobs: JobSummary[] = []
  const holders = new Holders(tx.db)
  const next = () => encodeCursor(filter, cursor ?? [])
  let looked = 0
  for (let size = FIRST_STEP; looked < MAX_LOOKED; size *= GROWTH) {
    const wanted = Math.min(size, MAX_LOOKED - looked)
    const { found, seen, last } = walk(cursor, wanted, limit - jobs.length + 1)
    looked += seen
    for (const [seq, place] of found) {
      // One more than asked for: so there is a next page.
      if (jobs.length >= limit) return { jobs, next: next(), looked }
      const head = headBySeq(tx.db, seq)
      if (head) jobs.push(summary(head, placeOf(tx.db, head, holders)))
      cursor = place
    }
    if (seen < wanted) return { jobs, next: null, looked }
    cursor = last ?? cursor
  }
  return { jobs, next: next(), looked }
}

function walkOf(tx: Tx, filter: JobFilter): Walk {
  if (filter.state === 'queued') return walkReady(tx, filter)
  if (filter.state === 'running') return walkRunning(tx, filter)
  return (cursor, size, most) => {
    const { seqs, seen, to } = newest(tx.db, filter, below(cursor), size, most)
    return { found: seqs.map((seq) => [seq, [seq]]), seen, last: [to] }
  }
}

/** The lanes of a queue: its own, and those behind its name and a slash. Other queues may lie between the two (`q-x`, `q.x`). */
function walkReady(tx: Tx, filter: JobFilter): Walk {
  const { queue } = filter
  const read = (from: Cursor, before: string, limit: number) => tx.db.all<ReadyRow>(READY, ...from, before, limit)
  const rowsFrom = (cursor: Cursor | undefined, size: number): ReadyRow[] => {
    if (queue === undefined) return read(cursor ?? firstOf(''), LAST_LANE, size)
    const from = cursor ?? firstOf(queue)
    const own = from[0] === queue ? read(from, `${queue} `, size) : []
    if (own.length === size) return own
    return [...own, ...read(from[0] === queue ? firstOf(`${queue}/`) : from, `${queue}0`, size - own.length)]
  }
  return (cursor, size) => {
    const rows = rowsFrom(cursor, size)
    const place = ([seq, , , lane, priority]: ReadyRow): Cursor => [lane, priority, seq]
    const found = rows.filter(([, kind, at]) => passes(filter, kind, at)).map((row) => [row[0], place(row)] as const)
    const last = rows.at(-1)
    return { found, seen: rows.length, last: last && place(last) }
  }
}

/** In front of a lane's first entry. */
function firstOf(lane: string): Cursor {
  return [lane, Number.MIN_SAFE_INTEGER, 0]
}

function walkRunning(tx: Tx, filter: JobFilter): Walk {
  const all = [...runningJobs(tx.db).keys()].sort((a, b) => b - a)
  return (cursor, size) => {
    const seqs = all.filter((seq) => seq < below(cursor)).slice(0, size)
    const found = seqs.filter((seq) => {
      const head = headBySeq(tx.db, seq)
      return head && (filter.queue === undefined || head.queue === filter.queue) && passes(filter, head.kind, head.createdAt)
    })
    return { found: found.map((seq) => [seq, [seq]] as const), seen: seqs.length, last: [seqs.at(-1) ?? 0] }
  }
}

function passes({ kind, since, until }: JobFilter, its: string, at: number): boolean {
  return (kind === undefined || kind === its) && (since === undefined || at >= since) && (until === undefined || at < until)
}

function below(cursor: Cursor | undefined): number {
  return cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor[0])
}
