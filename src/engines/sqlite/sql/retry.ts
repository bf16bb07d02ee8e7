/** Have jobs run again: ended ones with all their attempts, scheduled ones at once. */
import type { JobState } from '../../../core/index.js'
import type { RetryResult } from '../../../engine/index.js'
import type { Tx } from '../transaction.js'
import { Holders } from './leases.js'
import { eachOnce } from './once.js'
import { dropEntry, headById, placeOf, putBack } from './places.js'

/** The end stays in the history, but it is no longer the job's last word. */
const REOPEN = 'update worksong_ends set reopened = 1 where seq = ? and claim = ?'

export function retryJobs(tx: Tx, p: { ids: readonly string[]; states?: readonly JobState[] }): readonly RetryResult[] {
  const holders = new Holders(tx.db)
  return eachOnce(p.ids, (id) => retryJob(tx, id, p.states, holders))
}

function retryJob(tx: Tx, id: string, states: readonly JobState[] | undefined, holders: Holders): RetryResult {
  const head = headById(tx.db, id)
  if (!head) return 'missing'
  const place = placeOf(tx.db, head, holders)
  if (states && !states.includes(place.state)) return 'changed'
  switch (place.state) {
    case 'queued':
    case 'running':
      return 'live'
    case 'blocked':
      return 'blocked'
    case 'scheduled':
      dropEntry(tx.db, head, place)
      putBack(tx, { seq: head.seq, claims: place.claims, used: place.used })
      break
    default:
      tx.db.run(REOPEN, head.seq, place.claim)
      putBack(tx, { seq: head.seq, claims: place.claim, used: 0 })
  }
  tx.tally.move(head.queue, place.state, 'queued')
  return 'queued'
}
