/** Whose turn a chore is: one row per chore with the moment from which it may be done again. */
import type { Tx } from '../transaction.js'

const NEXT = 'select next_at from worksong_chores where name = ?'
/** A moment further ahead than the interval was written before the clock stepped back: it counts as due. */
const TAKE = `insert into worksong_chores(name, next_at) values (?, ?)
  on conflict(name) do update set next_at = excluded.next_at where next_at <= ? or next_at > ?`

/** A look without a write lock, for the many that come too early. */
export function choreIsDue(tx: Tx, p: { name: string; everyMs: number }): boolean {
  const next = tx.db.get<[number]>(NEXT, p.name)?.[0]
  return next === undefined || next <= tx.now || next > tx.now + p.everyMs
}

export function takeChore(tx: Tx, p: { name: string; everyMs: number }): boolean {
  const next = tx.now + Math.round(p.everyMs)
  return tx.db.run(TAKE, p.name, next, tx.now, next) === 1
}
