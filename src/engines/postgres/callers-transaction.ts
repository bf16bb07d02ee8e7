/** Enqueue inside the caller's own transaction, on the caller's own client: the jobs exist iff it commits. */
import { WorksongError } from '../../core/index.js'
import type { NewJob } from '../../engine/index.js'
import { toWorksongError } from './errors.js'

interface Client {
  query(config: { text: string; values: unknown[]; rowMode: 'array' }): Promise<{ rows: unknown[][] }>
}

/**
 * The wake-up is a NOTIFY in the same transaction, so it comes after the commit or not at all. The function's planner settings are its
 * own and leak into nothing; no key that others wait for is locked.
 */
export async function insertInCallersTransaction(
  tx: unknown,
  text: string,
  values: unknown[],
  channel: string,
  jobs: readonly NewJob[],
  place: string,
): Promise<string[] | null> {
  const client = tx as Partial<Client> | null
  if (typeof client !== 'object' || client === null || typeof client.query !== 'function') {
    throw new WorksongError('WS_INVALID_OPTION', 'tx is not a pg client', { fix: 'Give the client on which BEGIN was run.', field: 'tx' })
  }
  if ('totalCount' in client) {
    throw new WorksongError('WS_INVALID_OPTION', 'tx is a pool, which has no transaction', {
      fix: 'Give the client from pool.connect().',
      field: 'tx',
    })
  }
  try {
    const { rows } = await (client as Client).query({ text, values, rowMode: 'array' })
    const queues = [...new Set(jobs.map((job) => job.queue))].join(',')
    await (client as Client).query({ text: 'select pg_notify($1, $2)', values: [channel, `tx ${queues.slice(0, 4000)}`], rowMode: 'array' })
    return rows[0]?.[0] as string[] | null
  } catch (error) {
    throw toWorksongError(error, place, true)
  }
}
