/**
 * Pages of jobs. Each state has an index to walk: newest first by seq, queued ones in the order of their lanes. Kind and queue are filtered
 * while walking, and a walk ends after a bounded number of rows: then the page is short, and says where to go on.
 */
import { END_CODES, type JobState } from '../../../core/index.js'
import { type CursorPart, decodeCursor, encodeCursor, type JobFilter, type JobPage, type JobSummary } from '../../../engine/index.js'
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
const newestOf = (table: string, where = '1'): string =>
  `select ${COLUMNS}, 1 from ${table} x ${JOB} where ${where} and x.seq < ? order by x.seq desc limit ?`

/** The literals 2 and 3 match the partial indexes, which hold just such ends. Successes are most jobs: they are looked for among all. */
const NEWEST: Record<'all' | Exclude<JobState, 'queued' | 'running'>, string> = {
  all: newestOf('worksong_jobs'),
  scheduled: newestOf('worksong_scheduled'),
  blocked: newestOf('worksong_blocked'),
  succeeded: `select ${COLUMNS},
      exists(select 1 from worksong_ends e where e.seq = x.seq and e.end = ${END_CODES.succeeded} and e.reopened = 0)
    from worksong_jobs x ${JOB} where x.seq < ? order by x.seq desc limit ?`,
  dead: newestOf('worksong_ends', 'x.end = 2 and x.reopened = 0'),
  cancelled: newestOf('worksong_ends', 'x.end = 3 and x.reopened = 0'),
}
const READY = `select ${COLUMNS}, 1, x.lane, x.priority from worksong_ready x ${JOB}
  where (x.lane, x.priority, x.seq) > (?, ?, ?) and x.lane < ? order by x.lane, x.priority, x.seq limit ?`

/** seq, kind, queue, whether it is in the state asked for; of queued ones also lane and priority. */
type WalkRow = readonly [number, string, string, number, string?, number?]
/** Where a walk stands: [seq], or for queued jobs [lane, priority, seq]. */
type Cursor = readonly (string | number)[]
const NEWEST_PARTS: readonly CursorPart[] = ['integer']
const READY_PARTS: readonly CursorPart[] = ['text', 'integer', 'integer']
type Walk = (cursor: Cursor | undefined) => readonly WalkRow[]

export function listJobs(tx: Tx, p: { filter: JobFilter; limit: number; after?: string }): JobPage {
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

function cursorOf([seq, , , , lane, priority]: WalkRow): Cursor {
  return lane === undefined || priority === undefined ? [seq] : [lane, priority, seq]
}

function walkOf(tx: Tx, { state, queue }: JobFilter): Walk {
  if (state === 'queued') return walkReady(tx, queue)
  if (state === 'running') return walkRunning(tx)
  return (cursor) => tx.db.all<WalkRow>(NEWEST[state ?? 'all'], below(cursor), STEP)
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
    return head ? [[seq, head.kind, head.queue, 1] as const] : []
  })
}

function matches([, kind, queue, inState]: WalkRow, filter: JobFilter): boolean {
  return inState === 1 && (filter.kind === undefined || filter.kind === kind) && (filter.queue === undefined || filter.queue === queue)
}

function below(cursor: Cursor | undefined): number {
  return cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor[0])
}
