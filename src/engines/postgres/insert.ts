/** Store jobs: nearly always in one statement, which is one transaction. */
import type { InsertResult, NewJob } from '../../engine/index.js'
import { insertInCallersTransaction } from './callers-transaction.js'
import type { Connections, Row } from './connection.js'
import { enqueueArguments, insertParts, insertResults } from './insert-arguments.js'
import { CALL_ENQUEUE, CALL_ENQUEUE_ONE } from './sql/enqueue.js'

export async function insertJobs(
  db: Connections,
  channel: string,
  p: { jobs: readonly NewJob[]; tx?: unknown },
): Promise<readonly InsertResult[]> {
  if (p.jobs.length === 0) return []
  const [only] = p.jobs
  if (only && p.jobs.length === 1 && p.tx === undefined && isPlain(only)) return [await insertOne(db, only)]
  const parts = insertParts(p.jobs)
  const present = await (p.tx === undefined ? insertOwn(db, parts) : insertInTransaction(db, p.tx, channel, parts))
  return present.length === 0 ? p.jobs.map(() => 'inserted') : insertResults(p.jobs, present)
}

/** Nothing of it is seldom, and it may run now. */
function isPlain(job: NewJob): boolean {
  return job.extras === undefined && job.runAt === undefined && job.delayMs === undefined
}

async function insertOne(db: Connections, job: NewJob): Promise<InsertResult> {
  const { rows } = await db.query(CALL_ENQUEUE_ONE, [job.queue, job.priority, job.kind, job.maxAttempts, job.id, job.payload])
  return rows[0]?.[0] ? 'exists' : 'inserted'
}

/** The ids that were there already. */
async function insertOwn(db: Connections, parts: readonly (readonly NewJob[])[]): Promise<string[]> {
  const [first] = parts
  if (first && parts.length === 1) return presentIn((await db.query(CALL_ENQUEUE, enqueueArguments(first, true))).rows)
  return db.transaction(async (client) => {
    const text = db.qualify(CALL_ENQUEUE)
    const present: string[] = []
    for (const part of parts) {
      const { rows } = await client.query({ text, values: enqueueArguments(part, true), rowMode: 'array' })
      present.push(...presentIn(rows as Row[]))
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

function presentIn(rows: readonly Row[]): string[] {
  return (rows[0]?.[0] as string[] | null) ?? []
}
