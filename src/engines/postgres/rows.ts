/** From rows to the contract's records. */
import { endOf, JOB_STATES, type JobState } from '../../core/index.js'
import {
  type AttemptRecord,
  type ClaimedJob,
  Fields,
  type JobExtras,
  type JobRecord,
  type JobSummary,
  type Rescue,
  type WorkerRecord,
} from '../../engine/index.js'
import type { Row } from './connection.js'

/** The claim's one text: rows by 0x1E, fields by 0x1F. */
export function claimedJobs(text: string | null): ClaimedJob[] {
  if (text === null) return []
  const jobs: ClaimedJob[] = []
  for (const row = new Fields(text); row.more; ) {
    const id = row.next()
    const claim = +row.next()
    const used = +row.next()
    const queue = row.next()
    const kind = row.next()
    const priority = +row.next()
    const maxAttempts = +row.next()
    const entry = +row.next()
    const extras = row.next()
    const payload = row.last()
    const parsed = extras === '' ? undefined : (JSON.parse(extras) as JobExtras)
    jobs.push({ id, claim, used, queue, kind, priority, maxAttempts, payload, extras: parsed, entry })
  }
  return jobs
}

export function stateOf(code: unknown): JobState {
  return JOB_STATES[code as number] as JobState
}

/** id, kind, queue, priority, state, used, maxAttempts, createdAt, at, worker */
export function summary(row: Row): JobSummary {
  const state = stateOf(row[4])
  const used = row[5] as number
  const at = row[8] as number | null
  return {
    id: row[0] as string,
    kind: row[1] as string,
    queue: row[2] as string,
    priority: row[3] as number,
    state,
    attempt: state === 'running' ? used + 1 : used,
    maxAttempts: row[6] as number,
    createdAt: row[7] as number,
    runAt: state === 'scheduled' ? at : null,
    endedAt: state === 'succeeded' || state === 'dead' || state === 'cancelled' ? at : null,
    worker: row[9] as string | null,
  }
}

/** A summary's fields, then payload, extras, why, cancelRequested, progress, attempts. */
export function record(row: Row): JobRecord {
  return {
    ...summary(row),
    payload: row[10] as string,
    extras: row[11] === null ? undefined : (JSON.parse(row[11] as string) as JobExtras),
    blockedBy: row[12] as string | null,
    cancelRequested: row[13] as boolean,
    progress: row[14] as string | null,
    attempts: ((row[15] ?? []) as Row[]).map(attempt),
  }
}

function attempt(row: Row): AttemptRecord {
  return {
    claim: row[0] as number,
    end: endOf(row[1] as number),
    used: row[2] as number,
    at: row[3] as number,
    worker: row[4] as string | null,
    ranMs: row[5] as number | null,
    body: row[6] as string | null,
  }
}

export function worker(row: Row): WorkerRecord {
  return {
    id: row[0] as string,
    name: row[1] as string,
    host: row[2] as string,
    pid: row[3] as number,
    version: row[4] as string,
    queues: row[5] as string[],
    kinds: row[6] as string[],
    labels: row[7] as string[],
    concurrency: row[8] as number,
    leaseMs: row[9] as number,
    startedAt: row[10] as number,
    beat: row[11] as number,
    beatAt: row[12] as number,
    state: row[13] as WorkerRecord['state'],
    holding: row[14] as number,
    wish: row[15] as WorkerRecord['wish'],
    silentMs: row[16] as number,
  }
}

export function rescue(row: Row): Rescue {
  return {
    requeued: row[0] as number,
    dead: row[1] as string[],
    cancelled: row[2] as number,
    lanes: row[3] as string[],
    done: row[4] as boolean,
  }
}
