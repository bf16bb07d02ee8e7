/** Looking at one job, and at those that somebody waits for. */
import { endOf, type TerminalState } from '../../../core/index.js'
import type { AttemptRecord, JobExtras, JobRecord, JobSummary, Settled } from '../../../engine/index.js'
import type { Connection } from '../connection.js'
import type { Tx } from '../transaction.js'
import { EXTRAS, parseExtras } from './extras.js'
import { type Head, headById, lastEnd, type Place, placeOf } from './places.js'
import { cancelAsked } from './signals.js'

const CONTENT = `select j.payload, ${EXTRAS} from worksong_jobs j where j.seq = ?`
const ATTEMPTS = 'select claim, end, used, at, worker, ran_ms, body from worksong_ends where seq = ? order by claim'
const PROGRESS = 'select body from worksong_progress where seq = ?'
const SEQ = 'select seq from worksong_jobs where id = ?'

export function getJob(tx: Tx, p: { id: string }): JobRecord | null {
  const head = headById(tx.db, p.id)
  if (!head) return null
  const place = placeOf(tx.db, head)
  return {
    ...summary(head, place),
    ...contentOf(tx.db, head.seq),
    blockedBy: place.state === 'blocked' ? place.reason : null,
    cancelRequested: place.state === 'running' && cancelAsked(tx.db, head.seq) !== undefined,
    attempts: attemptsOf(tx.db, head.seq),
    progress: tx.db.get<[string]>(PROGRESS, head.seq)?.[0] ?? null,
  }
}

export function contentOf(db: Connection, seq: number): { payload: string; extras: JobExtras | undefined } {
  const [payload, extras] = db.get<[string, string | null]>(CONTENT, seq) ?? ['', null]
  return { payload, extras: parseExtras(extras) }
}

function attemptsOf(db: Connection, seq: number): AttemptRecord[] {
  return db
    .all<[number, number, number, number, string | null, number | null, string | null]>(ATTEMPTS, seq)
    .map(([claim, end, used, at, worker, ranMs, body]) => ({ claim, end: endOf(end), used, at, worker, ranMs, body }))
}

export function summary(head: Head, place: Place): JobSummary {
  const { id, kind, queue, priority, maxAttempts, createdAt } = head
  return {
    id,
    kind,
    queue,
    priority,
    state: place.state,
    attempt: place.state === 'running' ? place.used + 1 : place.used,
    maxAttempts,
    createdAt,
    runAt: place.state === 'scheduled' ? place.runAt : null,
    endedAt: 'at' in place ? place.at : null,
    worker: place.state === 'running' ? place.worker : null,
  }
}

export function settledJobs(tx: Tx, p: { ids: readonly string[] }): readonly Settled[] {
  const settled: Settled[] = []
  for (const id of p.ids) {
    const seq = tx.db.get<[number]>(SEQ, id)?.[0]
    const last = seq === undefined ? undefined : lastEnd(tx.db, seq)
    if (last?.final) settled.push({ id, state: last.end as TerminalState, body: last.body })
  }
  return settled
}
