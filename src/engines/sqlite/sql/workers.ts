/** The workers: one row per process, raised by its heartbeat. A silent one is declared lost by another; its leases are then rescued. */
import type { Pulse, WorkerInfo, WorkerRecord, WorkerWish } from '../../../engine/index.js'
import type { Connection } from '../connection.js'
import type { Tx } from '../transaction.js'
import { runningJobs } from './leases.js'
import { nextDueMs } from './promote.js'
import { pausedQueues } from './queues.js'
import { signalsToTell } from './signals.js'

/** A replay changes nothing: above all it does not bring a lost worker back to life. */
const REGISTER = `insert into worksong_workers(id, name, host, pid, info, started_at, beat, beat_at, state)
  values (?, ?, ?, ?, ?, ?, 0, ?, 'live') on conflict(id) do nothing`
const BEAT = `update worksong_workers set beat = beat + 1, beat_at = ? where id = ? and state = 'live'`
const LIVE = `select wish from worksong_workers where id = ? and state = 'live'`
const WISH = `update worksong_workers set wish = ? where id = ? and state = 'live'`
const RETIRE = `update worksong_workers set state = 'stopped', beat_at = ? where id = ? and state = 'live'`
/** The counter is compared, not the time: clocks step, counters do not. */
const LOSE = `update worksong_workers set state = 'lost' where id = ? and state = 'live' and beat = ?`
/** One watch for all who look: none of them need live for a whole lease. */
const WATCH = `update worksong_workers set watch_beat = beat, watch_at = ?1,
    watch_since = case when watch_beat = beat and watch_at between ?1 - ?2 and ?1 then watch_since else ?1 end
  where id = ?3 and beat = ?4 and state = 'live'`
const WATCHED = 'select watch_at - watch_since from worksong_workers where id = ?'
const LIST = 'select id, info, started_at, beat, beat_at, state, wish from worksong_workers order by started_at, id'
/** Gone for a day, and nothing left to rescue. */
const FORGET = `delete from worksong_workers where state <> 'live' and beat_at < ?
  and not exists (select 1 from worksong_leases l where l.worker = worksong_workers.id)`
const DAY_MS = 86_400_000

/** The next non-empty lane in the order of the index: a few probes find all lanes of a queue, however many entries they have. */
const NEXT_LANE = 'select lane from worksong_ready where lane >= ? and lane < ? order by lane limit 1'

export function registerWorker(tx: Tx, info: WorkerInfo): void {
  const { id, name, host, pid, ...rest } = info
  tx.db.run(REGISTER, id, name, host, pid, JSON.stringify({ name, host, pid, ...rest }), tx.now, tx.now)
}

export function beat(tx: Tx, p: { worker: string }): boolean {
  return tx.db.run(BEAT, tx.now, p.worker) === 1
}

export function retireWorker(tx: Tx, p: { worker: string }): void {
  tx.db.run(RETIRE, tx.now, p.worker)
}

export function loseWorkerIfSilent(tx: Tx, p: { worker: string; beat: number }): boolean {
  return tx.db.run(LOSE, p.worker, p.beat) === 1
}

export function watchWorker(tx: Tx, p: { worker: string; beat: number; maxGapMs: number }): number {
  if (tx.db.run(WATCH, tx.now, p.maxGapMs, p.worker, p.beat) === 0) return 0
  return tx.db.get<[number]>(WATCHED, p.worker)?.[0] ?? 0
}

export function wishWorker(tx: Tx, p: { worker: string; wish: WorkerWish | null }): boolean {
  return tx.db.run(WISH, p.wish, p.worker) === 1
}

export function forgetWorkers(tx: Tx): void {
  tx.db.run(FORGET, tx.now - DAY_MS)
}

export function listWorkers(tx: Tx): readonly WorkerRecord[] {
  const holding = new Map<string, number>()
  for (const { worker } of runningJobs(tx.db).values()) holding.set(worker, (holding.get(worker) ?? 0) + 1)
  return tx.db
    .all<[string, string, number, number, number, WorkerRecord['state'], WorkerWish | null]>(LIST)
    .map(([id, info, startedAt, beats, beatAt, state, wish]) => ({
      id,
      ...(JSON.parse(info) as Omit<WorkerInfo, 'id'>),
      startedAt,
      beat: beats,
      beatAt,
      silentMs: tx.now - beatAt,
      state,
      holding: holding.get(id) ?? 0,
      wish,
    }))
}

export function pulse(tx: Tx, p: { worker: string; queues: readonly string[] }): Pulse {
  const live = tx.db.get<[WorkerWish | null]>(LIVE, p.worker)
  const paused = pausedQueues(tx.db)
  const lanes = p.queues.filter((queue) => !paused.has(queue)).flatMap((queue) => readyLanes(tx.db, queue))
  return {
    known: live !== undefined,
    wish: live?.[0] ?? null,
    signals: signalsToTell(tx.db, p.worker),
    lanes,
    nextDueMs: nextDueMs(tx),
    now: tx.now,
  }
}

/** Non-empty lanes of a queue: its own, and those whose names begin with the queue's and a slash ('0' is the character after '/'). */
export function readyLanes(db: Connection, queue: string): string[] {
  const own = db.get<[string]>(NEXT_LANE, queue, `${queue}\u0001`)
  const lanes = own ? [own[0]] : []
  for (let from = `${queue}/`; ; ) {
    const row = db.get<[string]>(NEXT_LANE, from, `${queue}0`)
    if (!row) return lanes
    lanes.push(row[0])
    from = `${row[0]}\u0001`
  }
}
