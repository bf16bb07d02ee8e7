/** Queues: counts from the tallies, the oldest waiting job by a few probes, and pausing, which the claim looks at. */
import { JOB_STATES, type JobState } from '../../../core/index.js'
import type { QueueRecord } from '../../../engine/index.js'
import type { Connection } from '../connection.js'
import type { Tx } from '../transaction.js'
import { readyLanes } from './workers.js'

const PAUSED = 'select name from worksong_queues where paused_at is not null'
const PAUSE = `insert into worksong_queues(name, paused_at, paused_by, paused_reason) values (?, ?, ?, ?)
  on conflict(name) do update set paused_at = coalesce(paused_at, excluded.paused_at), paused_by = excluded.paused_by,
    paused_reason = excluded.paused_reason`
const RESUME = 'delete from worksong_queues where name = ?'
const QUEUES = 'select name, paused_at, paused_by, paused_reason from worksong_queues'
const TALLIES = 'select queue, state, n from worksong_tallies'

/** The first entry of a lane beyond a priority: lowest seq of one priority after the other, however many entries each has. */
const FIRST_OF_NEXT = `select priority, seq from worksong_ready where lane = ? and priority > ? order by priority, seq limit 1`
const CREATED = 'select created_at from worksong_jobs where seq = ?'
const BELOW_ALL = -1e9

export function pausedQueues(db: Connection): ReadonlySet<string> {
  return new Set(db.all<[string]>(PAUSED).map(([name]) => name))
}

export function pauseQueue(tx: Tx, p: { queue: string; by: string | null; reason: string | null }): void {
  tx.db.run(PAUSE, p.queue, tx.now, p.by, p.reason)
}

export function resumeQueue(tx: Tx, p: { queue: string }): void {
  tx.db.run(RESUME, p.queue)
}

export function listQueues(tx: Tx): readonly QueueRecord[] {
  const counts = new Map<string, Record<JobState, number>>()
  const countsOf = (queue: string): Record<JobState, number> => {
    const known = counts.get(queue) ?? (Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>)
    counts.set(queue, known)
    return known
  }
  for (const [queue, state, n] of tx.db.all<[string, JobState, number]>(TALLIES)) countsOf(queue)[state] = n
  const paused = new Map<string, QueueRecord['paused']>()
  for (const [name, at, by, reason] of tx.db.all<[string, number | null, string | null, string | null]>(QUEUES)) {
    countsOf(name)
    if (at !== null) paused.set(name, { at, by, reason })
  }
  return [...counts.keys()].sort().map((name) => ({
    name,
    paused: paused.get(name) ?? null,
    counts: countsOf(name),
    oldestAt: oldestAt(tx.db, name),
  }))
}

function oldestAt(db: Connection, queue: string): number | null {
  let oldest = Number.POSITIVE_INFINITY
  for (const lane of readyLanes(db, queue)) {
    for (let priority = BELOW_ALL; ; ) {
      const row = db.get<[number, number]>(FIRST_OF_NEXT, lane, priority)
      if (!row) break
      priority = row[0]
      oldest = Math.min(oldest, row[1])
    }
  }
  return Number.isFinite(oldest) ? (db.get<[number]>(CREATED, oldest)?.[0] ?? null) : null
}
