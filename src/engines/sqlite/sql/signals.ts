/** Messages for running jobs. For now one kind: somebody has asked for the job's end. */
import type { Signal } from '../../../engine/index.js'
import type { Connection } from '../connection.js'

/** By worker, so that a finish of hundreds of jobs looks once, and finds nothing nearly always. */
const OF_WORKER = `select seq, reason from worksong_signals where worker = ? and kind = 'cancel'`
const OF_JOB = `select reason from worksong_signals where seq = ? and kind = 'cancel'`
const OF_WORKER_BY_ID = `select j.id, s.reason from worksong_signals s cross join worksong_jobs j on j.seq = s.seq
  where s.worker = ? and s.kind = 'cancel'`
const DROP = 'delete from worksong_signals where seq = ?'
/** The first reason stays; the worker may be another one by now. */
const ASK = `insert into worksong_signals(seq, kind, reason, at, worker) values (?, 'cancel', ?, ?, ?)
  on conflict(seq, kind) do update set worker = excluded.worker`

/** Cancels asked for among this worker's jobs, by seq; undefined when there are none. */
export function signalsFor(db: Connection, worker: string): ReadonlyMap<number, string | null> | undefined {
  const rows = db.all<[number, string | null]>(OF_WORKER, worker)
  return rows.length === 0 ? undefined : new Map(rows)
}

/** The reason (null: none given) in a one-element row, or undefined when no cancel was asked for. */
export function cancelAsked(db: Connection, seq: number): readonly [string | null] | undefined {
  return db.get<[string | null]>(OF_JOB, seq)
}

export function askCancel(db: Connection, seq: number, reason: string | null, now: number, worker: string | null): void {
  db.run(ASK, seq, reason, now, worker)
}

export function dropSignals(db: Connection, seq: number): void {
  db.run(DROP, seq)
}

/** What a worker is to be told at its poll. */
export function signalsToTell(db: Connection, worker: string): readonly Signal[] {
  return db.all<[string, string | null]>(OF_WORKER_BY_ID, worker).map(([id, reason]) => ({ id, kind: 'cancel', reason }))
}
