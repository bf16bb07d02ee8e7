/** Take single jobs by their ids, wherever they wait: an operator runs them by hand, whatever their queue's pause or their moment. */
import type { ClaimedJob } from '../../../engine/index.js'
import type { Tx } from '../transaction.js'
import { contentOf } from './jobs.js'
import { Holders } from './leases.js'
import { dropEntry, headById, placeOf } from './places.js'

/** In the order of their enqueueing, as a claim from a lane gives them. Those that are blocked, run or have ended are left out. */
export function claimThese(tx: Tx, ids: readonly string[], limit: number): ClaimedJob[] {
  const holders = new Holders(tx.db)
  const heads = [...new Set(ids)].flatMap((id) => headById(tx.db, id) ?? []).sort((a, b) => a.seq - b.seq)
  const jobs: ClaimedJob[] = []
  for (const head of heads) {
    if (jobs.length >= limit) break
    const place = placeOf(tx.db, head, holders)
    if (place.state !== 'queued' && place.state !== 'scheduled') continue
    const { id, queue, kind, priority, maxAttempts, seq } = head
    dropEntry(tx.db, head, place)
    tx.tally.move(queue, place.state, 'running')
    const { payload, extras } = contentOf(tx.db, seq)
    jobs.push({ id, claim: place.claims + 1, used: place.used, queue, kind, priority, maxAttempts, payload, extras, entry: seq })
  }
  return jobs
}
