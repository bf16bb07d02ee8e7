/** End jobs that wait, and ask the workers of those that run. */
import { END_CODES } from '../../../core/index.js'
import type { CancelResult } from '../../../engine/index.js'
import type { Tx } from '../transaction.js'
import { cancelBody } from './finish.js'
import { Holders } from './leases.js'
import { dropEntry, headById, placeOf } from './places.js'
import { askCancel } from './signals.js'

/** A waiting job has no claim to end, so its end takes the number of the claim that would have been next. */
const END = 'insert into worksong_ends(seq, claim, end, used, at, body) values (?, ?, ?, ?, ?, ?)'

export function cancelJobs(tx: Tx, p: { ids: readonly string[]; reason: string | null }): readonly CancelResult[] {
  const holders = new Holders(tx.db)
  return p.ids.map((id) => cancelJob(tx, id, p.reason, holders))
}

function cancelJob(tx: Tx, id: string, reason: string | null, holders: Holders): CancelResult {
  const head = headById(tx.db, id)
  if (!head) return 'missing'
  const place = placeOf(tx.db, head, holders)
  switch (place.state) {
    case 'running':
      askCancel(tx.db, head.seq, reason, tx.now, place.worker)
      return 'requested'
    case 'queued':
    case 'scheduled':
    case 'blocked':
      dropEntry(tx.db, head, place)
      tx.db.run(END, head.seq, place.claims + 1, END_CODES.cancelled, place.used, tx.now, cancelBody(reason))
      tx.tally.move(head.queue, place.state, 'cancelled')
      return 'cancelled'
    default:
      return 'ended'
  }
}
