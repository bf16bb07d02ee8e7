/**
 * The lease rows: one per claim batch. What of a lease has ended is told by the ends; the row itself changes in `started` only, and where a
 * job that it lists is deleted: a hole (seq 0, which no job has) keeps the places of the others, and lets no late report find its claim.
 */
import type { ClaimedJob, ClaimRequest } from '../../../engine/index.js'
import type { Connection } from '../connection.js'
import type { Tx } from '../transaction.js'

const INSERT = 'insert into worksong_leases(id, worker, claimed_at, started, alone, items) values (?, ?, ?, ?, ?, ?)'
/** Looks through all leases, which are few; for looking at a few jobs. */
const HOLDING = `select worker, items from worksong_leases where instr(items, '[' || ? || ',') > 0`
const ALL = 'select worker, items from worksong_leases'
/** From so many lookups on, reading all leases once is cheaper. */
const MANY = 8
/** Those items of every lease that have no end yet. */
const UNENDED = `select i.value ->> 0, i.value ->> 1, i.value ->> 2, l.worker from worksong_leases l cross join json_each(l.items) i
  where i.value ->> 0 > 0 and not exists (select 1 from worksong_ends e where e.seq = i.value ->> 0 and e.claim = i.value ->> 1)`
const ALL_WITH_IDS = 'select id, items from worksong_leases'
const SET_ITEMS = 'update worksong_leases set items = ? where id = ?'
const HOLE: LeaseItem = [0, 0, 0]

/** [seq, claim, used before] of one job of a lease. */
export type LeaseItem = readonly [number, number, number]

export function insertLease(tx: Tx, p: ClaimRequest & { worker: string }, jobs: readonly ClaimedJob[]): void {
  const started = Math.min(p.starting, jobs.length)
  tx.db.run(INSERT, p.lease, p.worker, tx.now, started, p.alone ? 1 : 0, packItems(jobs))
}

/** JSON text written by hand: half the time of JSON.stringify. */
function packItems(jobs: readonly ClaimedJob[]): string {
  let text = ''
  for (const { entry, claim, used } of jobs) text += `${text === '' ? '[' : ','}[${entry},${claim},${used}]`
  return `${text}]`
}

export function unpackItems(items: string): readonly LeaseItem[] {
  return JSON.parse(items) as LeaseItem[]
}

/** How the item of one claim begins in the text; found by it without parsing. */
export function itemKey(seq: number, claim: number): string {
  return `[${seq},${claim},`
}

export interface Holder {
  readonly worker: string
  readonly claim: number
  /** Attempts used before this claim. */
  readonly used: number
}

/** Who holds jobs: asks per job at first, and reads all leases once when one call asks about many. For use within one transaction. */
export class Holders {
  readonly #db: Connection
  #asked = 0
  #all: Map<number, Holder> | undefined

  constructor(db: Connection) {
    this.#db = db
  }

  of(seq: number): Holder | undefined {
    if (!this.#all && ++this.#asked > MANY) this.#all = latest(this.#db.all<[string, string]>(ALL))
    return (this.#all ?? latest(this.#db.all<[string, string]>(HOLDING, String(seq)))).get(seq)
  }
}

/** By seq the highest claim: an open lease may still list an earlier claim of a job that another holds now. */
function latest(leases: readonly (readonly [string, string])[]): Map<number, Holder> {
  const holders = new Map<number, Holder>()
  for (const [worker, items] of leases) {
    for (const [seq, claim, used] of unpackItems(items)) {
      if (claim > (holders.get(seq)?.claim ?? 0)) holders.set(seq, { worker, claim, used })
    }
  }
  return holders
}

/** Jobs that are deleted leave the leases that still list them: with their ends gone, those claims would look as if they were open. */
export function leaveLeases(db: Connection, seqs: ReadonlySet<number>): void {
  for (const [id, text] of db.all<[string, string]>(ALL_WITH_IDS)) {
    const items = unpackItems(text)
    if (items.some(([seq]) => seqs.has(seq))) {
      db.run(SET_ITEMS, JSON.stringify(items.map((item) => (seqs.has(item[0]) ? HOLE : item))), id)
    }
  }
}

/** All running jobs, by seq. */
export function runningJobs(db: Connection): Map<number, Holder> {
  const rows = db.all<[number, number, number, string]>(UNENDED)
  return new Map(rows.map(([seq, claim, used, worker]) => [seq, { worker, claim, used }]))
}
