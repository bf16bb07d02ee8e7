/** Store jobs. Plain ones go many to a statement; those with extras, and those of a many in which some id exists already, one by one. */
import type { InsertResult, NewJob } from '../../../engine/index.js'
import type { Value } from '../connection.js'
import { isConstraint } from '../errors.js'
import type { Tx } from '../transaction.js'
import { lastSeq } from './seqs.js'

/** With @photostructure/sqlite a statement for one costs 1.5 times as much per row as one for ten. */
const TEN = 10
const FIFTY = 50

/** No ON CONFLICT: a known id fails the statement, which tells us to look at its rows one by one. Twin: RETURNING names the new rows. */
const INSERT_PLAIN = `insert into worksong_jobs(seq, id, queue, kind, priority, max_attempts, created_at, run_at, payload)
  values ${Array(TEN).fill('(?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}`

/** The same for jobs of one kind that may run now, which most are: two values a row in place of eight (2.0 us a row, 1.2 by fifties). */
const INSERT_ALIKE = `insert into worksong_jobs(seq, id, queue, kind, priority, max_attempts, created_at, payload)
  select s.first + column1, column2, s.queue, s.kind, s.priority, s.attempts, s.at, column3
  from (values ${Array.from({ length: FIFTY }, (_, at) => `(${at}, ?, ?)`).join(', ')})
  cross join (select ? as first, ? as queue, ? as kind, ? as priority, ? as attempts, ? as at) s`

const INSERT_ONE = `insert into worksong_jobs(seq, id, queue, kind, priority, max_attempts, created_at, run_at, payload,
    tags, reference, correlation_id, trace, description, parent_id, overrides)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict(id) do nothing`

const INSERT_REF = 'insert into worksong_job_refs(seq, name, value) values (?, ?, ?)'

/** New rows have consecutive seqs, so the entries of a whole call are one statement, which reads only what stands before the payload. */
const READY_RANGE = `insert into worksong_ready(lane, priority, seq, claims, used)
  select queue, priority, seq, 0, 0 from worksong_jobs where seq between ? and ?`

const SCHEDULE = 'insert into worksong_scheduled(run_at, seq, claims, used) values (?, ?, 0, 0)'

export function insertJobs(tx: Tx, jobs: readonly NewJob[]): readonly InsertResult[] {
  const entries = new Entries(tx)
  const results: InsertResult[] = new Array(jobs.length)
  /** Up to where jobs are known to be alike. */
  let alike = 0
  for (let at = 0; at < jobs.length; ) {
    if (alike <= at) alike = at + alikeFrom(jobs, at, tx.now)
    const many = alike - at >= FIFTY ? FIFTY : plainTen(jobs, at) ? TEN : 1
    if (many > 1 && insertMany(tx, jobs, at, many, entries)) {
      results.fill('inserted', at, at + many)
      at += many
    } else {
      for (const end = Math.min(jobs.length, at + (many > 1 ? TEN : 1)); at < end; at++)
        results[at] = insertOne(tx, jobs[at] as NewJob, entries)
    }
  }
  entries.flush()
  return results
}

function plainTen(jobs: readonly NewJob[], from: number): boolean {
  if (from + TEN > jobs.length) return false
  for (let at = from; at < from + TEN; at++) if (jobs[at]?.extras) return false
  return true
}

/** How many from here on are of one kind and may run now. */
function alikeFrom(jobs: readonly NewJob[], from: number, now: number): number {
  const { queue, kind, priority, maxAttempts } = jobs[from] as NewJob
  let at = from
  for (; at < jobs.length; at++) {
    const job = jobs[at] as NewJob
    if (job.extras || job.kind !== kind || job.queue !== queue || job.priority !== priority || job.maxAttempts !== maxAttempts) break
    if ((job.runAt !== undefined || job.delayMs !== undefined) && dueAt(job, now) !== null) break
  }
  return at - from
}

/** False when one of the ids exists: then nothing was inserted. */
function insertMany(tx: Tx, jobs: readonly NewJob[], from: number, many: number, entries: Entries): boolean {
  try {
    if (many === FIFTY) insertFifty(tx, jobs, from, entries)
    else insertTen(tx, jobs, from, entries)
    return true
  } catch (error) {
    if (isConstraint(error)) return false
    throw error
  }
}

function insertFifty(tx: Tx, jobs: readonly NewJob[], from: number, entries: Entries): void {
  const { queue, kind, priority, maxAttempts } = jobs[from] as NewJob
  const values: Value[] = new Array(2 * FIFTY)
  for (let at = 0; at < FIFTY; at++) {
    const job = jobs[from + at] as NewJob
    values[2 * at] = job.id
    values[2 * at + 1] = job.payload
  }
  tx.db.statement(INSERT_ALIKE).run(...values, entries.next, queue, kind, priority, maxAttempts, tx.now)
  entries.addReady(queue, FIFTY)
}

function insertTen(tx: Tx, jobs: readonly NewJob[], from: number, entries: Entries): void {
  const values: Value[] = []
  for (let at = 0; at < TEN; at++) {
    const job = jobs[from + at] as NewJob
    const { id, queue, kind, priority, maxAttempts, payload } = job
    values.push(entries.next + at, id, queue, kind, priority, maxAttempts, tx.now, dueAt(job, tx.now), payload)
  }
  tx.db.statement(INSERT_PLAIN).run(...values)
  for (let at = from; at < from + TEN; at++) entries.add(jobs[at] as NewJob)
}

function insertOne(tx: Tx, job: NewJob, entries: Entries): InsertResult {
  const { tags, reference, correlationId, trace, description, parentId, overrides } = job.extras ?? {}
  const seq = entries.next
  const { changes } = tx.db
    .statement(INSERT_ONE)
    .run(
      seq,
      job.id,
      job.queue,
      job.kind,
      job.priority,
      job.maxAttempts,
      tx.now,
      dueAt(job, tx.now),
      job.payload,
      jsonOrNull(tags),
      jsonOrNull(reference),
      correlationId ?? null,
      trace ?? null,
      description ?? null,
      parentId ?? null,
      jsonOrNull(overrides),
    )
  if (Number(changes) === 0) return 'exists'
  for (const [name, value] of Object.entries(reference ?? {})) tx.db.run(INSERT_REF, seq, name, value)
  entries.add(job)
  return 'inserted'
}

/** Null when the job may run now. */
function dueAt(job: NewJob, now: number): number | null {
  const due = job.runAt ?? now + (job.delayMs ?? 0)
  return due > now ? Math.ceil(due) : null
}

function jsonOrNull(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

/** Gives new jobs their seqs and collects their entries: runs of those that may run now, and the scheduled ones between them. */
class Entries {
  readonly #tx: Tx
  /** The seq of the next job. */
  next: number
  #first = 0
  #last = -1

  constructor(tx: Tx) {
    this.#tx = tx
    this.next = lastSeq(tx.db) + 1
  }

  /** The job that has just been inserted as `next`. */
  add(job: NewJob): void {
    const due = dueAt(job, this.#tx.now)
    if (due === null) {
      this.addReady(job.queue, 1)
      return
    }
    this.#tx.tally.add(job.queue, 'scheduled')
    this.#tx.db.run(SCHEDULE, due, this.next++)
  }

  /** Jobs that may run now, from `next` on. */
  addReady(queue: string, count: number): void {
    this.#tx.tally.add(queue, 'queued', count)
    if (this.next !== this.#last + 1) {
      this.flush()
      this.#first = this.next
    }
    this.next += count
    this.#last = this.next - 1
  }

  flush(): void {
    if (this.#last >= this.#first) this.#tx.db.run(READY_RANGE, this.#first, this.#last)
    this.#last = -1
    this.#first = 0
  }
}
