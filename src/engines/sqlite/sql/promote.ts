/** Move scheduled jobs to their lanes when they are due. The index by moment is read from its front; nothing polls the rest. */
import type { Tx } from '../transaction.js'

const DUE = `select s.run_at, s.seq, s.claims, s.used, coalesce(p.queue, j.queue), coalesce(p.priority, j.priority)
  from worksong_scheduled s cross join worksong_jobs j on j.seq = s.seq left join worksong_placed p on p.seq = s.seq
  where s.run_at <= ? order by s.run_at, s.seq limit ?`
/** The rows just read are the front of the index: one range. */
const TAKE = 'delete from worksong_scheduled where (run_at, seq) <= (?, ?)'
const PUT = 'insert into worksong_ready(lane, priority, seq, claims, used) values (?, ?, ?, ?, ?)'
const NEXT = 'select run_at from worksong_scheduled order by run_at limit 1'

export function promoteDue(
  tx: Tx,
  p: { limit: number; aheadMs?: number },
): { promoted: number; lanes: readonly string[]; nextDueMs: number | null } {
  const rows = tx.db.all<[number, number, number, number, string, number]>(DUE, tx.now + (p.aheadMs ?? 0), p.limit)
  const put = tx.db.statement(PUT)
  const lanes = new Set<string>()
  for (const [, seq, claims, used, queue, priority] of rows) {
    put.run(queue, priority, seq, claims, used)
    tx.tally.move(queue, 'scheduled', 'queued')
    lanes.add(queue)
  }
  const last = rows.at(-1)
  if (last) tx.db.run(TAKE, last[0], last[1])
  return { promoted: rows.length, lanes: [...lanes], nextDueMs: nextDueMs(tx) }
}

/** Whether a writing transaction is worth its commit. */
export function anyDue(tx: Tx, aheadMs: number): boolean {
  const next = nextDueMs(tx)
  return next !== null && next <= aheadMs
}

/** ms until the first scheduled job is due, 0 when overdue, null when there is none. */
export function nextDueMs(tx: Tx): number | null {
  const next = tx.db.get<[number]>(NEXT)
  return next ? Math.max(0, next[0] - tx.now) : null
}
