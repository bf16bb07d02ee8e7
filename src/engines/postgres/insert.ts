/** Store jobs: nearly always in one statement, which is one transaction. */
import { hintsOf, type InsertResult, type NewJob } from '../../engine/index.js'
import { insertInCallersTransaction } from './callers-transaction.js'
import type { Connections, Row } from './connection.js'
import { alikeArguments, enqueueArguments, insertParts, insertResults } from './insert-arguments.js'
import type { Listener } from './listener.js'
import { CALL_ENQUEUE } from './sql/enqueue.js'
import { CALL_ENQUEUE_ALIKE, CALL_ENQUEUE_ONE } from './sql/enqueue-plain.js'

export async function insertJobs(
  db: Connections,
  listener: Listener,
  { jobs, tx }: { jobs: readonly NewJob[]; tx?: unknown },
): Promise<readonly InsertResult[]> {
  if (jobs.length === 0) return []
  if (tx !== undefined) return insertInTransaction(db, tx, listener.channel, jobs)
  const [only] = jobs
  const results = only && jobs.length === 1 && isPlain(only) ? [await insertOne(db, only)] : await insertMany(db, jobs)
  listener.announce(hintsOf(jobs), jobs.length)
  return results
}

function areAlike(jobs: readonly NewJob[]): boolean {
  const { queue, kind, priority, maxAttempts } = jobs[0] as NewJob
  return jobs.every(
    (job) => job.kind === kind && job.queue === queue && job.priority === priority && job.maxAttempts === maxAttempts && isPlain(job),
  )
}

/** Nothing of it is seldom, and it may run now. */
function isPlain(job: NewJob): boolean {
  return job.extras === undefined && job.runAt === undefined && job.delayMs === undefined
}

async function insertOne(db: Connections, job: NewJob): Promise<InsertResult> {
  const [present] = await db.call(CALL_ENQUEUE_ONE, [job.queue, job.priority, job.kind, job.maxAttempts, job.id, job.payload])
  return present ? 'exists' : 'inserted'
}

async function insertMany(db: Connections, jobs: readonly NewJob[]): Promise<readonly InsertResult[]> {
  const parts = insertParts(jobs)
  const [first] = parts
  if (!first || parts.length > 1) return resultsOf(jobs, await insertParted(db, parts))
  const [text, values] = areAlike(first) ? [CALL_ENQUEUE_ALIKE, alikeArguments(first)] : [CALL_ENQUEUE, enqueueArguments(first, true)]
  return resultsOf(jobs, presentIn(await db.call(text, values)))
}

/** More than one statement can take. The ids that were there already. */
function insertParted(db: Connections, parts: readonly (readonly NewJob[])[]): Promise<string[]> {
  return db.transaction(async (client) => {
    const text = db.qualify(CALL_ENQUEUE)
    const present: string[] = []
    for (const part of parts) {
      const { rows } = await client.query({ text, values: enqueueArguments(part, true), rowMode: 'array' })
      present.push(...presentIn(rows[0] as Row))
    }
    return present
  })
}

async function insertInTransaction(
  db: Connections,
  tx: unknown,
  channel: string,
  jobs: readonly NewJob[],
): Promise<readonly InsertResult[]> {
  const text = db.qualify(CALL_ENQUEUE)
  const present: string[] = []
  for (const part of insertParts(jobs)) {
    present.push(...((await insertInCallersTransaction(db, tx, text, enqueueArguments(part, false), channel, part)) ?? []))
  }
  return resultsOf(jobs, present)
}

function presentIn([ids]: Row): string[] {
  return (ids as string[] | null) ?? []
}

function resultsOf(jobs: readonly NewJob[], present: readonly string[]): readonly InsertResult[] {
  return present.length === 0 ? jobs.map(() => 'inserted') : insertResults(jobs, present)
}
