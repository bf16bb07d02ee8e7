/** End jobs that wait, and ask the workers of those that run. */
import { END_CODES, type JobState } from '../../../core/index.js'
import type { CancelResult } from '../../../engine/index.js'
import type { Tx } from '../transaction.js'
import { cancelBody } from './finish.js'
import { Holders } from './leases.js'
import { eachOnce } from './once.js'
import { dropEntry, headById, placeOf } from './places.js'
import { askCancel } from './signals.js'

/** A waiting job has no claim to end, so its end takes the number of the claim that would have been next. */
const END = 'insert into worksong_ends(seq, claim, end, used, at, body) values (?, ?, ?, ?, ?, ?)'

export interface CancelParams {
  readonly ids: readonly string[]
  readonly reason: string | null
  readonly states?: readonly JobState[]
}

export function cancelJobs(tx: Tx, p: CancelParams): readonly CancelResult[] {
  const holders = new Holders(tx.db)
  return eachOnce(p.ids, (id) => cancelJob(tx, id, p, holders))
}

function cancelJob(tx: Tx, id: string, { reason, states }: CancelParams, holders: Holders): CancelResult {
  const head = headById(tx.db, id)
  if (!head) return 'missing'
  const place = placeOf(tx.db, head, holders)
  if (states && !states.includes(place.state)) return 'changed'
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
