/**
 * Pages of jobs. Each state has an index to walk: newest first by seq, queued ones in the order of their lanes. What is filtered by is read
 * while walking, and a walk ends after a bounded number of rows: then the page is short, and says where to go on.
 */
import { END_CODES, type JobState } from '../../../core/index.js'
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
import { type Head, headBySeq, placeOf } from './places.js'

/** About 20 ms. */
const MAX_LOOKED = 20_000
const STEP = 500
/** Behind every name. */
const LAST_LANE = '\u{10ffff}'

/** What is filtered by, and never the payload. */
const JOB = 'cross join worksong_jobs j on j.seq = x.seq left join worksong_placed p on p.seq = x.seq'
const COLUMNS = 'x.seq, j.kind, coalesce(p.queue, j.queue)'
/** `found`: whether it is in the state asked for. `at`: when it was enqueued or ended. */
const newestOf = (table: string, { where = '1', found = '1', at = 'j.created_at' } = {}): string =>
  `select ${COLUMNS}, ${found}, ${at} from ${table} x ${JOB} where ${where} and x.seq < ? order by x.seq desc limit ?`

/** The end that is a job's last word. */
const LAST_WORD = `from worksong_ends e where e.seq = x.seq and e.end <= ${END_CODES.cancelled} and e.reopened = 0`
/** In the message of a failure or reason. Bodies are JSON, but a wrong one must not spoil the list. */
const TELLS = `case when json_valid(x.body) then coalesce(instr(lower(x.body ->> '$.message'), lower(?)), 0) > 0 else 0 end`

/** The literals 2 and 3 match the partial indexes, which hold just such ends. Successes are most jobs: they are looked for among all. */
const DEAD = { where: 'x.end = 2 and x.reopened = 0', at: 'x.at' }
const CANCELLED = { where: 'x.end = 3 and x.reopened = 0', at: 'x.at' }
const NEWEST: Record<'all' | Exclude<JobState, 'queued' | 'running'>, string> = {
  all: newestOf('worksong_jobs'),
  scheduled: newestOf('worksong_scheduled'),
  blocked: newestOf('worksong_blocked'),
  succeeded: newestOf('worksong_jobs', {
    found: `exists(select 1 from worksong_ends e where e.seq = x.seq and e.end = ${END_CODES.succeeded} and e.reopened = 0)`,
    at: `(select e.at ${LAST_WORD})`,
  }),
  dead: newestOf('worksong_ends', DEAD),
  cancelled: newestOf('worksong_ends', CANCELLED),
}
const NEWEST_TELLING = {
  dead: newestOf('worksong_ends', { ...DEAD, found: TELLS }),
  cancelled: newestOf('worksong_ends', { ...CANCELLED, found: TELLS }),
}
const NEWEST_BY_MOMENT = newestOf('worksong_jobs', { at: `coalesce((select e.at ${LAST_WORD}), j.created_at)` })
const READY = `select ${COLUMNS}, 1, j.created_at, x.lane, x.priority from worksong_ready x ${JOB}
  where (x.lane, x.priority, x.seq) > (?, ?, ?) and x.lane < ? order by x.lane, x.priority, x.seq limit ?`

/** seq, kind, queue, whether it is in the state asked for, its moment; of queued ones also lane and priority. */
type WalkRow = readonly [number, string, string, number, number | null, string?, number?]
/** Where a walk stands: [seq], or for queued jobs [lane, priority, seq]. */
type Cursor = readonly (string | number)[]
const NEWEST_PARTS: readonly CursorPart[] = ['integer']
const READY_PARTS: readonly CursorPart[] = ['text', 'integer', 'integer']
type Walk = (cursor: Cursor | undefined) => readonly WalkRow[]

export function listJobs(tx: Tx, p: { filter: JobFilter; limit: number; after?: string }): JobPage {
  checkFilter(p.filter)
  let cursor = p.after === undefined ? undefined : decodeCursor(p.after, p.filter, p.filter.state === 'queued' ? READY_PARTS : NEWEST_PARTS)
  const walk = walkOf(tx, p.filter)
  const jobs: JobSummary[] = []
  const holders = new Holders(tx.db)
  for (let looked = 0; looked < MAX_LOOKED; looked += STEP) {
    const rows = walk(cursor)
    for (const row of rows) {
      if (matches(row, p.filter)) {
        if (jobs.length >= p.limit) return { jobs, next: encodeCursor(p.filter, cursor ?? []) }
        const head = headBySeq(tx.db, row[0]) as Head
        jobs.push(summary(head, placeOf(tx.db, head, holders)))
      }
      cursor = cursorOf(row)
    }
    if (rows.length < STEP) return { jobs, next: null }
  }
  return { jobs, next: encodeCursor(p.filter, cursor ?? []) }
}

function cursorOf([seq, , , , , lane, priority]: WalkRow): Cursor {
  return lane === undefined || priority === undefined ? [seq] : [lane, priority, seq]
}

function walkOf(tx: Tx, { state, queue, error, since, until }: JobFilter): Walk {
  if (state === 'queued') return walkReady(tx, queue)
  if (state === 'running') return walkRunning(tx)
  if (error !== undefined && (state === 'dead' || state === 'cancelled')) {
    return (cursor) => tx.db.all<WalkRow>(NEWEST_TELLING[state], error, below(cursor), STEP)
  }
  const byMoment = state === undefined && (since !== undefined || until !== undefined)
  const text = byMoment ? NEWEST_BY_MOMENT : NEWEST[state ?? 'all']
  return (cursor) => tx.db.all<WalkRow>(text, below(cursor), STEP)
}

/** The lanes of a queue: its own, and those behind its name and a slash. Other queues may lie between the two (`q-x`, `q.x`). */
function walkReady(tx: Tx, queue: string | undefined): Walk {
  const read = (from: Cursor, before: string, limit: number) => tx.db.all<WalkRow>(READY, ...from, before, limit)
  if (queue === undefined) return (cursor = firstOf('')) => read(cursor, LAST_LANE, STEP)
  return (cursor = firstOf(queue)) => {
    const own = cursor[0] === queue ? read(cursor, `${queue} `, STEP) : []
    if (own.length === STEP) return own
    return [...own, ...read(cursor[0] === queue ? firstOf(`${queue}/`) : cursor, `${queue}0`, STEP - own.length)]
  }
}

/** In front of a lane's first entry. */
function firstOf(lane: string): Cursor {
  return [lane, Number.MIN_SAFE_INTEGER, 0]
}

function walkRunning(tx: Tx): Walk {
  const seqs = [...runningJobs(tx.db).keys()].sort((a, b) => b - a)
  return (cursor) => rowsOf(tx, seqs.filter((seq) => seq < below(cursor)).slice(0, STEP))
}

function rowsOf(tx: Tx, seqs: readonly number[]): WalkRow[] {
  return seqs.flatMap((seq) => {
    const head = headBySeq(tx.db, seq)
    return head ? [[seq, head.kind, head.queue, 1, head.createdAt] as const] : []
  })
}

function matches([, kind, queue, found, at]: WalkRow, filter: JobFilter): boolean {
  return (
    found === 1 &&
    (filter.kind === undefined || filter.kind === kind) &&
    (filter.queue === undefined || filter.queue === queue) &&
    (filter.since === undefined || (at !== null && at >= filter.since)) &&
    (filter.until === undefined || (at !== null && at < filter.until))
  )
}

function below(cursor: Cursor | undefined): number {
  return cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor[0])
}
