/** Delete jobs by id, with all that is kept beside them. Twin: one statement per table, for all of them at once. */
import type { JobState } from '../../../core/index.js'
import type { DeleteResult } from '../../../engine/index.js'
import type { Tx } from '../transaction.js'
import { Holders, leaveLeases } from './leases.js'
import { eachOnce } from './once.js'
import { dropEntry, headById, placeOf } from './places.js'
import { keepLastSeq } from './seqs.js'

const DELETES = ['jobs', 'ends', 'job_refs', 'progress', 'logs', 'placed', 'signals'].map(
  (table) => `delete from worksong_${table} where seq = ?`,
)

export function deleteJobs(tx: Tx, p: { ids: readonly string[]; states?: readonly JobState[] }): readonly DeleteResult[] {
  const holders = new Holders(tx.db)
  const gone = new Set<number>()
  const results = eachOnce(p.ids, (id) => deleteJob(tx, id, p.states, holders, gone))
  if (gone.size > 0) {
    leaveLeases(tx.db, gone)
    keepLastSeq(tx.db, Math.max(...gone))
  }
  return results
}

function deleteJob(tx: Tx, id: string, states: readonly JobState[] | undefined, holders: Holders, gone: Set<number>): DeleteResult {
  const head = headById(tx.db, id)
  if (!head) return 'missing'
  const place = placeOf(tx.db, head, holders)
  if (place.state === 'running') return 'running'
  if (states && !states.includes(place.state)) return 'changed'
  dropEntry(tx.db, head, place)
  for (const sql of DELETES) tx.db.run(sql, head.seq)
  tx.tally.add(head.queue, place.state, -1)
  gone.add(head.seq)
  return 'deleted'
}
