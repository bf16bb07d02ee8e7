/**
 * No seq is given twice: what still names a deleted job must not meet another. AUTOINCREMENT would see to it at the price of a page and a
 * third of the statements' time per enqueue; deletions are rare, so they write down the highest seq that they take instead.
 */
import type { Connection } from '../connection.js'

const LAST = `select max(coalesce((select max(seq) from worksong_jobs), 0),
  coalesce((select value from worksong_meta where key = 'last_seq'), 0))`

const KEEP_LAST = `insert into worksong_meta(key, value) select 'last_seq', ?1 where ?1 > coalesce((select max(seq) from worksong_jobs), 0)
  on conflict(key) do update set value = max(value, excluded.value)`

/** The highest seq ever given. Inside a writing transaction. */
export function lastSeq(db: Connection): number {
  return db.get<[number]>(LAST)?.[0] ?? 0
}

/** After jobs were deleted, the last of which was `highest`. */
export function keepLastSeq(db: Connection, highest: number): void {
  db.run(KEEP_LAST, highest)
}
