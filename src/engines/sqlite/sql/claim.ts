/** Take jobs from the heads of lanes under one new lease. One writer at a time makes this exact: what was read is what is deleted. */
import { laneQueue } from '../../../core/index.js'
import { type Claimed, type ClaimedJob, type ClaimRequest, Fields, type LaneLimit } from '../../../engine/index.js'
import type { Tx } from '../transaction.js'
import { claimThese } from './claim-these.js'
import { EXTRAS, parseExtras } from './extras.js'
import { insertLease } from './leases.js'
import { pausedQueues } from './queues.js'

/**
 * CROSS JOIN pins the loops: the lane's index outside, one look into jobs per entry. Twin: DELETE … RETURNING with SKIP LOCKED.
 * The answer is one text, fields by 0x1F and rows by 0x1E, which JSON text cannot contain: rows of nine values cost half as much again,
 * and so does || between them in place of concat_ws.
 */
const HEAD = `select group_concat(x, char(30)) from (
  select concat_ws(char(31), r.priority, r.seq, r.claims, r.used, j.id, j.kind, j.max_attempts, coalesce(${EXTRAS}, ''), j.payload) as x
  from worksong_ready r cross join worksong_jobs j on j.seq = r.seq
  where r.lane = ? order by r.priority, r.seq limit ?)`

/** The rows just read are the head of the lane, so a range of the index is exactly they: one statement instead of one per job. */
const TAKE = 'delete from worksong_ready where lane = ? and (priority, seq) <= (?, ?)'

const ANY_READY = 'select 1 from worksong_ready where lane = ? limit 1'
const STATE = 'select state from worksong_workers where id = ?'

/** For a claim that is sent again because its answer was lost. */
const LEASE = 'select 1 from worksong_leases where id = ? and worker = ?'
const HELD = `select coalesce(p.priority, j.priority), j.seq, i.value ->> 1, i.value ->> 2, j.id, j.kind, j.max_attempts, j.payload,
    ${EXTRAS}, coalesce(p.queue, j.queue)
  from worksong_leases l cross join json_each(l.items) i cross join worksong_jobs j on j.seq = i.value ->> 0
  left join worksong_placed p on p.seq = j.seq
  where l.id = ? and not exists (select 1 from worksong_ends e where e.seq = j.seq and e.claim = i.value ->> 1) order by i.key`

type HeldRow = readonly [number, number, number, number, string, string, number, string, string | null, string]

export function claim(tx: Tx, p: ClaimRequest & { worker: string }): Claimed {
  // A worker that was declared lost, or has retired, gets nothing: its lease would be rescued at once.
  if ((tx.db.get<[string]>(STATE, p.worker)?.[0] ?? 'live') !== 'live') return { lease: p.lease, jobs: [], more: false }
  const paused = pausedQueues(tx.db)
  const lanes = p.lanes.filter(({ lane }) => !paused.has(laneQueue(lane)))
  if (p.replay && tx.db.get(LEASE, p.lease, p.worker)) return claimedBefore(tx, p.lease, lanes)
  const jobs: ClaimedJob[] = p.only ? claimThese(tx, p.only, p.limit) : []
  let more = false
  for (const { lane, limit } of lanes) {
    const room = Math.max(0, Math.min(limit, p.limit - jobs.length))
    const taken = room === 0 ? 0 : takeFrom(tx, lane, room, jobs)
    if (taken === room && !more) more = tx.db.get(ANY_READY, lane) !== undefined
  }
  if (jobs.length > 0) insertLease(tx, p, jobs)
  return { lease: p.lease, jobs, more }
}

/** What an earlier try of this claim took: those of its jobs that have no end yet. */
function claimedBefore(tx: Tx, lease: string, lanes: readonly LaneLimit[]): Claimed {
  const jobs = tx.db
    .all<HeldRow>(HELD, lease)
    .map(([priority, entry, claims, used, id, kind, maxAttempts, payload, extras, queue]): ClaimedJob => {
      return { id, claim: claims, used, queue, kind, priority, maxAttempts, payload, extras: parseExtras(extras), entry }
    })
  return { lease, jobs, more: lanes.some(({ lane }) => tx.db.get(ANY_READY, lane) !== undefined) }
}

function takeFrom(tx: Tx, lane: string, limit: number, jobs: ClaimedJob[]): number {
  const text = tx.db.get<[string | null]>(HEAD, lane, limit)?.[0]
  if (!text) return 0
  const queue = laneQueue(lane)
  const before = jobs.length
  for (const row = new Fields(text); row.more; ) {
    const priority = +row.next()
    const entry = +row.next()
    const claim = +row.next() + 1
    const used = +row.next()
    const id = row.next()
    const kind = row.next()
    const maxAttempts = +row.next()
    const extras = parseExtras(row.next() || null)
    jobs.push({ id, claim, used, queue, kind, priority, maxAttempts, payload: row.last(), extras, entry })
  }
  const last = jobs.at(-1) as ClaimedJob
  tx.db.run(TAKE, lane, last.priority, last.entry)
  const taken = jobs.length - before
  tx.tally.move(queue, 'queued', 'running', taken)
  return taken
}
