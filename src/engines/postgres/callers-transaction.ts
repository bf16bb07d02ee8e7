/** Enqueue inside the caller's own transaction, on the caller's own client: the jobs exist iff it commits. */
import { reworded, WorksongError } from '../../core/index.js'
import { hintsOf, type NewJob } from '../../engine/index.js'
import type { Connections, Row } from './connection.js'
import { toWorksongError } from './errors.js'
import { messagesOf } from './outbox.js'

interface Client {
  query(config: { text: string; values: unknown[]; rowMode: 'array' }): Promise<{ rows: unknown[][] }>
  /** Of pg 8.18 and later: `I` when no transaction is open. */
  getTransactionStatus?(): string | null
}

/** Clients that were seen to be connected to a store, by the store's id: a client never changes its database. */
const places = new WeakMap<object, string>()

/**
 * The wake-up is a NOTIFY in the same transaction, so it comes after the commit or not at all. The function's planner settings are its
 * own and leak into nothing; no key that others wait for is locked.
 */
export async function insertInCallersTransaction(
  db: Connections,
  tx: unknown,
  text: string,
  values: unknown[],
  channel: string,
  jobs: readonly NewJob[],
): Promise<string[] | null> {
  const client = checkClient(tx)
  try {
    await checkTransaction(client)
    await checkPlace(db, client)
    const { rows } = await client.query({ text, values, rowMode: 'array' })
    for (const names of messagesOf(hintsOf(jobs))) {
      await client.query({ text: 'select pg_notify($1, $2)', values: [channel, `tx ${names}`], rowMode: 'array' })
    }
    return rows[0]?.[0] as string[] | null
  } catch (error) {
    throw ofTheirs(toWorksongError(error, db.place, true))
  }
}

function checkClient(tx: unknown): Client {
  const client = tx as Partial<Client> | null
  if (typeof client !== 'object' || client === null || typeof client.query !== 'function') throw bad('is not a pg client')
  if ('totalCount' in client) throw bad('is a pool, which has no transaction', 'Give the client from pool.connect().')
  return client as Client
}

/** A BEGIN that was sent and not awaited has not been answered yet: asking once more waits for it. */
async function checkTransaction(client: Client): Promise<void> {
  if (client.getTransactionStatus?.() !== 'I') return
  await client.query({ text: 'select 1', values: [], rowMode: 'array' })
  if (client.getTransactionStatus() === 'I') throw bad('has no transaction open, so the job would not wait for its commit')
}

/** On another database the job would go to another store, or nowhere. */
async function checkPlace(db: Connections, client: Client): Promise<void> {
  const store = await db.storeId()
  if (places.get(client) === store) return
  const ask = async (text: string) => (await client.query({ text: db.qualify(text), values: [], rowMode: 'array' })).rows[0] as Row
  const [database, exists] = await ask(`select current_database(), to_regclass('ws.meta') is not null`)
  // In two statements: one that fails would abort the caller's transaction.
  const [theirs] = exists ? await ask('select store from ws.meta') : [undefined]
  if (theirs !== store) throw bad(`is connected to another database (${database}) than the store, ${db.place}`)
  places.set(client, store)
}

function bad(problem: string, fix = 'Give the client on which BEGIN was run, connected to the database of the store.'): WorksongError {
  return new WorksongError('WS_INVALID_OPTION', `tx ${problem}`, { fix, field: 'tx' })
}

/** What collides in a caller's transaction, only the caller can do again. */
function ofTheirs(error: WorksongError): WorksongError {
  const code = (error.cause as { code?: string } | undefined)?.code
  if (code !== '40001' && code !== '40P01') return error
  return reworded(error, { fix: 'Roll back and do your whole transaction again.', retryable: true, unknownOutcome: false })
}
