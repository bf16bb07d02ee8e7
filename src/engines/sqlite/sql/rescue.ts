/**
 * Give back the jobs of workers that are lost or have stopped. To be lost once is bad luck; who is lost again and again is suspected of
 * killing its worker, and only one that ran alone is convicted: suspects wait in a lane of their own, to be claimed one at a time.
 */
import { END_CODES, type End, suspectLane } from '../../../core/index.js'
import type { Rescue } from '../../../engine/index.js'
import type { Tx } from '../transaction.js'
import { cancelBody } from './finish.js'
import { type LeaseItem, unpackItems } from './leases.js'
import { type Head, headBySeq, putBack } from './places.js'
import { cancelAsked, dropSignals } from './signals.js'

/** `is not`, so that a lease whose worker has no row counts too: nobody else could ever free it. */
const LOST_LEASE = `select l.id, l.worker, l.started, l.alone, l.items, w.name, w.host, w.pid
  from worksong_leases l left join worksong_workers w on w.id = l.worker where w.state is not 'live' limit 1`
const ENDED = 'select 1 from worksong_ends where seq = ? and claim = ?'
const END = 'insert into worksong_ends(seq, claim, end, used, at, worker, body) values (?, ?, ?, ?, ?, ?, ?)'
const CLOSE = 'delete from worksong_leases where id = ?'
/** Since somebody last had the job run again: it has all its attempts then, and its innocence. */
const LOSSES = `select coalesce(sum(end = ?), 0), coalesce(sum(end = ?), 0), coalesce(sum(end = ?), 0) from worksong_ends where seq = ?
  and claim > coalesce((select max(claim) from worksong_ends where seq = ? and reopened = 1), 0)`

/** The first loss is forgiven, so that after a kill -9 everything runs again at once, beside each other. */
const MAX_LOST_STARTED = 2
/** A job lost this often before it started is a suspect after all: perhaps its payload kills whoever decodes it. */
const MAX_LOST_WAITING = 3

type LeaseRow = readonly [string, string, number, number, string, string | null, string | null, number | null]

interface Lost {
  readonly worker: string
  readonly started: number
  readonly alone: boolean
  /** Who it was, in words. */
  readonly who: string
}

/** Whether a writing transaction is worth its lock. */
export function anyLost(tx: Tx): boolean {
  return tx.db.get(LOST_LEASE) !== undefined
}

export function rescueJobs(tx: Tx, p: { limit: number; maxCrashes: number }): Rescue {
  const rescuer = new Rescuer(tx, p.maxCrashes)
  for (;;) {
    const lease = tx.db.get<LeaseRow>(LOST_LEASE)
    if (!lease) return rescuer.report(true)
    if (rescuer.count >= p.limit) return rescuer.report(false)
    const [id, worker, started, alone, items, name, host, pid] = lease
    const who = name === null ? `worker ${worker}` : `worker ${name} (host ${host}, pid ${pid})`
    if (!rescuer.settle(unpackItems(items), { worker, started, alone: alone === 1, who }, p.limit)) return rescuer.report(false)
    tx.db.run(CLOSE, id)
  }
}

class Rescuer {
  readonly #tx: Tx
  readonly #maxCrashes: number
  readonly #dead: string[] = []
  readonly #lanes = new Set<string>()
  #requeued = 0
  #cancelled = 0

  constructor(tx: Tx, maxCrashes: number) {
    this.#tx = tx
    this.#maxCrashes = maxCrashes
  }

  get count(): number {
    return this.#requeued + this.#cancelled + this.#dead.length
  }

  report(done: boolean): Rescue {
    return { requeued: this.#requeued, dead: this.#dead, cancelled: this.#cancelled, lanes: [...this.#lanes], done }
  }

  /** False when the limit came before the lease's end; what was settled has an end, and is passed over the next time. */
  settle(items: readonly LeaseItem[], lost: Lost, limit: number): boolean {
    for (const [index, item] of items.entries()) {
      if (this.#tx.db.get(ENDED, item[0], item[1])) continue
      if (this.count >= limit) return false
      this.#settleOne(item, index < lost.started, lost)
    }
    return true
  }

  #settleOne([seq, claim, used]: LeaseItem, started: boolean, lost: Lost): void {
    const head = headBySeq(this.#tx.db, seq)
    if (!head) return
    const asked = cancelAsked(this.#tx.db, seq)
    if (asked) {
      this.#end(head, claim, 'cancelled', started ? used + 1 : used, lost, cancelBody(asked[0]))
      dropSignals(this.#tx.db, seq)
      this.#cancelled++
    } else if (!started) this.#giveBackWaiting(head, claim, used, lost)
    else this.#giveBackStarted(head, claim, used + 1, lost)
  }

  #giveBackWaiting(head: Head, claim: number, used: number, lost: Lost): void {
    this.#end(head, claim, 'lost-waiting', used, lost, null)
    this.#requeue(head, claim, used)
  }

  #giveBackStarted(head: Head, claim: number, used: number, lost: Lost): void {
    const crashes = lost.alone ? this.#losses(head.seq).alone + 1 : 0
    const words = lost.alone ? `while running this job alone (crash ${crashes} of ${this.#maxCrashes})` : 'while running this job'
    const body = JSON.stringify({ name: 'WorkerLost', message: `${lost.who} disappeared ${words}` })
    if (used >= head.maxAttempts || (lost.alone && crashes >= this.#maxCrashes)) {
      this.#end(head, claim, 'dead', used, lost, body)
      this.#dead.push(head.id)
    } else {
      this.#end(head, claim, lost.alone ? 'lost-alone' : 'lost-running', used, lost, body)
      this.#requeue(head, claim, used)
    }
  }

  #losses(seq: number): { waiting: number; running: number; alone: number } {
    const codes = [END_CODES['lost-waiting'], END_CODES['lost-running'], END_CODES['lost-alone']]
    const [waiting, running, alone] = this.#tx.db.get<[number, number, number]>(LOSSES, ...codes, seq, seq) ?? [0, 0, 0]
    return { waiting, running, alone }
  }

  #end(head: Head, claim: number, end: End, used: number, lost: Lost, body: string | null): void {
    this.#tx.db.run(END, head.seq, claim, END_CODES[end], used, this.#tx.now, lost.worker, body)
    if (end === 'dead' || end === 'cancelled') this.#tx.tally.move(head.queue, 'running', end)
  }

  /** Its end is written: this loss counts. */
  #requeue(head: Head, claims: number, used: number): void {
    const { waiting, running, alone } = this.#losses(head.seq)
    const suspect = running + alone >= MAX_LOST_STARTED || waiting >= MAX_LOST_WAITING
    const lane = suspect ? suspectLane(head.queue) : head.queue
    putBack(this.#tx, { seq: head.seq, claims, used, lane })
    this.#tx.tally.move(head.queue, 'running', 'queued')
    this.#lanes.add(lane)
    this.#requeued++
  }
}
