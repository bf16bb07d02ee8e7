/** Jobs that are stored inside a transaction of the caller's own. */
import type { InsertResult, NewJob } from '../../engine/index.js'
import { callersConnection } from './callers-transaction.js'
import { toWorksongError } from './errors.js'
import type { Opened } from './open.js'
import { insertJobs } from './sql/enqueue.js'
import type { Transactions, Tx } from './transaction.js'

/** Changes nothing. A transaction that began with a read could not write any more once somebody else has written. */
const TAKE_WRITE_LOCK = "update worksong_meta set value = 0 where key = ''"

/** All or none: a failure takes back what this call did, and leaves the rest of the caller's transaction alone. */
export function insertInto(
  callers: unknown,
  jobs: readonly NewJob[],
  transactions: Transactions,
  { db, guard }: Opened,
): readonly InsertResult[] {
  const tx = transactions.context(callersConnection(callers, { raw: db.raw, file: guard?.file }))
  guard?.check()
  try {
    tx.db.run('savepoint worksong_insert')
    tx.db.run(TAKE_WRITE_LOCK)
    const results = insertJobs(tx, jobs)
    tx.tally.write(tx.db)
    tx.db.run('release worksong_insert')
    return results
  } catch (error) {
    undoInsert(tx)
    throw toWorksongError(error, transactions.place)
  }
}

function undoInsert(tx: Tx): void {
  try {
    tx.db.run('rollback to worksong_insert')
    tx.db.run('release worksong_insert')
  } catch {
    // The savepoint was never made, or SQLite has already rolled back everything; the error that led here says more.
  }
}
