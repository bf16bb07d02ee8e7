/** Where a job's entry is, and moving it. The queue and priority of a job are its own, unless worksong_placed says otherwise. */
import { type End, endOf, isTerminal, kindLane, suspectLane, type TerminalState } from '../../../core/index.js'
import type { Connection } from '../connection.js'
import type { Tx } from '../transaction.js'
import { Holders } from './leases.js'

/** What never changes about a job, with its present queue and priority. */
export interface Head {
  readonly seq: number
  readonly id: string
  readonly queue: string
  readonly kind: string
  readonly priority: number
  readonly maxAttempts: number
  readonly createdAt: number
}

export type Place =
  | { readonly state: 'queued'; readonly lane: string; readonly claims: number; readonly used: number }
  | { readonly state: 'scheduled'; readonly runAt: number; readonly claims: number; readonly used: number }
  | { readonly state: 'blocked'; readonly reason: string; readonly claims: number; readonly used: number }
  | { readonly state: 'running'; readonly claim: number; readonly used: number; readonly worker: string | null }
  | { readonly state: TerminalState; readonly claim: number; readonly used: number; readonly at: number; readonly body: string | null }

const HEAD_COLUMNS = `j.seq, j.id, coalesce(p.queue, j.queue), j.kind, coalesce(p.priority, j.priority), j.max_attempts, j.created_at
  from worksong_jobs j left join worksong_placed p on p.seq = j.seq`
const HEAD_BY_ID = `select ${HEAD_COLUMNS} where j.id = ?`
const HEAD_BY_SEQ = `select ${HEAD_COLUMNS} where j.seq = ?`

/** A job's last end; the key gives it without a sort. */
const LAST_END = 'select claim, end, used, at, body, reopened from worksong_ends where seq = ? order by claim desc limit 1'
const READY_ENTRY = 'select claims, used from worksong_ready where lane = ? and priority = ? and seq = ?'
const SCHEDULED_ENTRY = 'select run_at, claims, used from worksong_scheduled where seq = ?'
const BLOCKED_ENTRY = 'select reason, key, claims, used from worksong_blocked where seq = ?'

type HeadRow = readonly [number, string, string, string, number, number, number]

export function headById(db: Connection, id: string): Head | undefined {
  return toHead(db.get<HeadRow>(HEAD_BY_ID, id))
}

export function headBySeq(db: Connection, seq: number): Head | undefined {
  return toHead(db.get<HeadRow>(HEAD_BY_SEQ, seq))
}

function toHead(row: HeadRow | undefined): Head | undefined {
  if (!row) return undefined
  const [seq, id, queue, kind, priority, maxAttempts, createdAt] = row
  return { seq, id, queue, kind, priority, maxAttempts, createdAt }
}

export interface LastEnd {
  readonly claim: number
  readonly end: End
  readonly used: number
  readonly at: number
  readonly body: string | null
  /** This end is the job's last word: terminal, and nobody had it run again. */
  readonly final: boolean
}

export function lastEnd(db: Connection, seq: number): LastEnd | undefined {
  const row = db.get<[number, number, number, number, string | null, number]>(LAST_END, seq)
  if (!row) return undefined
  const end = endOf(row[1])
  return { claim: row[0], end, used: row[2], at: row[3], body: row[4], final: isTerminal(end) && row[5] === 0 }
}

/** Look from the most likely place to the rarest. An entry that is nowhere else is in a lease. */
export function placeOf(db: Connection, head: Head, holders = new Holders(db)): Place {
  const last = lastEnd(db, head.seq)
  if (last?.final) return { state: last.end as TerminalState, claim: last.claim, used: last.used, at: last.at, body: last.body }
  for (const lane of [head.queue, suspectLane(head.queue), kindLane(head.queue, head.kind)]) {
    const ready = db.get<[number, number]>(READY_ENTRY, lane, head.priority, head.seq)
    if (ready) return { state: 'queued', lane, claims: ready[0], used: ready[1] }
  }
  const scheduled = db.get<[number, number, number]>(SCHEDULED_ENTRY, head.seq)
  if (scheduled) return { state: 'scheduled', runAt: scheduled[0], claims: scheduled[1], used: scheduled[2] }
  const blocked = db.get<[string, string, number, number]>(BLOCKED_ENTRY, head.seq)
  if (blocked) return { state: 'blocked', reason: `${blocked[0]}: ${blocked[1]}`, claims: blocked[2], used: blocked[3] }
  const held = holders.of(head.seq)
  return held
    ? { state: 'running', claim: held.claim, used: held.used, worker: held.worker }
    : { state: 'running', claim: (last?.claim ?? 0) + 1, used: last?.used ?? 0, worker: null }
}

const DROP_READY = 'delete from worksong_ready where lane = ? and priority = ? and seq = ?'
const DROP_SCHEDULED = 'delete from worksong_scheduled where run_at = ? and seq = ?'
const DROP_BLOCKED = 'delete from worksong_blocked where seq = ?'

/** Take a waiting job's entry away. */
export function dropEntry(db: Connection, head: Head, place: Place): void {
  if (place.state === 'queued') db.run(DROP_READY, place.lane, head.priority, head.seq)
  else if (place.state === 'scheduled') db.run(DROP_SCHEDULED, place.runAt, head.seq)
  else if (place.state === 'blocked') db.run(DROP_BLOCKED, head.seq)
}

/** With its own seq, so in its old place among those of its priority; in the lane given, or its queue's own. */
const PUT_READY = `insert into worksong_ready(lane, priority, seq, claims, used)
  select coalesce(?, p.queue, j.queue), coalesce(p.priority, j.priority), j.seq, ?, ?
  from worksong_jobs j left join worksong_placed p on p.seq = j.seq where j.seq = ?`
const PUT_SCHEDULED = 'insert into worksong_scheduled(run_at, seq, claims, used) values (?, ?, ?, ?)'

export interface Entry {
  readonly seq: number
  readonly claims: number
  readonly used: number
  /** Absent or past: it may run now. */
  readonly dueAt?: number
  readonly lane?: string | undefined
}

/** Make an entry for a job that has none. */
export function putBack(tx: Tx, entry: Entry): 'queued' | 'scheduled' {
  const { seq, claims, used, dueAt = tx.now, lane = null } = entry
  if (dueAt > tx.now) {
    tx.db.run(PUT_SCHEDULED, Math.ceil(dueAt), seq, claims, used)
    return 'scheduled'
  }
  tx.db.run(PUT_READY, lane, claims, used, seq)
  return 'queued'
}
