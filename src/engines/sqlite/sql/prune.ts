/** Delete jobs that ended long ago, walking the jobs by seq in short steps. Neighbours go in one range of each table. */
import { END_CODES, endOf, type TerminalState } from '../../../core/index.js'
import type { Tx } from '../transaction.js'
import { leaveLeases } from './leases.js'
import { keepLastSeq } from './seqs.js'
import { forgetWorkers } from './workers.js'

/** Each job with its last end, if that is its last word; nothing of the payload is read. */
const WALK = `select j.seq, coalesce(p.queue, j.queue), e.end, e.at, j.created_at from worksong_jobs j
  left join worksong_placed p on p.seq = j.seq
  left join worksong_ends e on e.seq = j.seq and e.claim = (select max(claim) from worksong_ends where seq = j.seq)
    and e.end <= ${END_CODES.cancelled} and e.reopened = 0
  where j.seq > ? order by j.seq limit ?`

const DELETES = ['jobs', 'ends', 'job_refs', 'progress', 'logs', 'placed', 'signals'].map(
  (table) => `delete from worksong_${table} where seq between ? and ?`,
)

export interface PruneParams {
  readonly succeededMs: number | null
  readonly cancelledMs: number | null
  readonly deadMs: number | null
  readonly limit: number
  readonly after?: string
}

export function pruneJobs(tx: Tx, p: PruneParams): { pruned: number; next: string | null } {
  const ages = { succeeded: p.succeededMs, cancelled: p.cancelledMs, dead: p.deadMs }
  const from = p.after === undefined ? 0 : Number(p.after)
  if (from === 0) forgetWorkers(tx)
  const kept = [p.succeededMs, p.cancelledMs, p.deadMs].filter((age) => age !== null)
  if (kept.length === 0) return { pruned: 0, next: null }
  const rows = tx.db.all<[number, string, number | null, number | null, number]>(WALK, from, p.limit)
  const gone = new Set<number>()
  let run: { first: number; last: number } | undefined
  for (const [seq, queue, end, at] of rows) {
    const state = end === null ? undefined : (endOf(end) as TerminalState)
    const age = state && ages[state]
    if (state && age !== null && age !== undefined && at !== null && at <= tx.now - age) {
      tx.tally.add(queue, state, -1)
      gone.add(seq)
      if (run) run.last = seq
      else run = { first: seq, last: seq }
    } else if (run) {
      deleteRange(tx, run.first, run.last)
      run = undefined
    }
  }
  if (run) deleteRange(tx, run.first, run.last)
  if (gone.size > 0) {
    leaveLeases(tx.db, gone)
    keepLastSeq(tx.db, Math.max(...gone))
  }
  // Seqs rise with time: behind a job too young to be due there are only younger ones.
  const last = rows.at(-1)
  const young = !last || last[4] > tx.now - Math.min(...kept)
  return { pruned: gone.size, next: rows.length < p.limit || young ? null : String(last[0]) }
}

function deleteRange(tx: Tx, first: number, last: number): void {
  for (const sql of DELETES) tx.db.run(sql, first, last)
}
