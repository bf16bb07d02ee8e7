/** Store jobs: nearly always in one statement, which is one transaction. */
import { hintsOf, type InsertResult, type NewJob } from '../../engine/index.js'
import { insertInCallersTransaction } from './callers-transaction.js'
import type { Connections, Row } from './connection.js'
import { alikeArguments, enqueueArguments, insertParts, insertResults } from './insert-arguments.js'
import type { Listener } from './listener.js'
import { CALL_ENQUEUE } from './sql/enqueue.js'
import { CALL_ENQUEUE_ALIKE, CALL_ENQUEUE_ONE, CALL_ENQUEUE_TELL } from './sql/enqueue-plain.js'

export async function insertJobs(
  db: Connections,
  listener: Listener,
  { jobs, tx }: { jobs: readonly NewJob[]; tx?: unknown },
): Promise<readonly InsertResult[]> {
  const [only] = jobs
  if (!only) return []
  if (jobs.length === 1 && tx === undefined && isPlain(only)) return [await insertOne(db, listener, only)]
  const parts = insertParts(jobs)
  const present = await (tx === undefined ? insertOwn(db, parts) : insertInTransaction(db, tx, listener.channel, parts))
  if (tx === undefined) listener.announce(hintsOf(jobs), jobs.length)
  return present.length === 0 ? jobs.map(() => 'inserted') : insertResults(jobs, present)
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

/** With its hint, if none went out a moment ago: from rest, another round trip is a third of the way to the worker. */
async function insertOne(db: Connections, listener: Listener, job: NewJob): Promise<InsertResult> {
  const values = [job.queue, job.priority, job.kind, job.maxAttempts, job.id, job.payload]
  const hint = db.mayCommit ? listener.carried(job.queue) : undefined
  if (hint === undefined) {
    const [present] = await db.call(CALL_ENQUEUE_ONE, values)
    listener.announce([job.queue], 1)
    return present ? 'exists' : 'inserted'
  }
  const [present] = await db.call(CALL_ENQUEUE_TELL, [...values, listener.channel, hint])
  listener.announceHere([job.queue])
  return present ? 'exists' : 'inserted'
}

/** The ids that were there already. */
async function insertOwn(db: Connections, parts: readonly (readonly NewJob[])[]): Promise<string[]> {
  const [first] = parts
  if (first && parts.length === 1) {
    const [text, values] = areAlike(first) ? [CALL_ENQUEUE_ALIKE, alikeArguments(first)] : [CALL_ENQUEUE, enqueueArguments(first, true)]
    return presentIn(await db.call(text, values))
  }
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
  parts: readonly (readonly NewJob[])[],
): Promise<string[]> {
  const text = db.qualify(CALL_ENQUEUE)
  const present: string[] = []
  for (const part of parts) {
    present.push(...((await insertInCallersTransaction(db, tx, text, enqueueArguments(part, false), channel, part)) ?? []))
  }
  return present
}

function presentIn([ids]: Row): string[] {
  return (ids as string[] | null) ?? []
}
