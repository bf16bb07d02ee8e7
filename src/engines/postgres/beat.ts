/** The heartbeat thread's own connection: nothing else uses it, so handlers and claims cannot exhaust it. */
import type { ClientConfig } from 'pg'
import type { BeatConnection } from '../../engine/index.js'
import { cancelIfTimedOut } from './cancel-request.js'
import { BEGIN, qualified } from './sql/settings.js'
import { BEAT } from './sql/workers.js'

export async function openBeat(config: unknown): Promise<BeatConnection> {
  const { options, schema } = config as { options: ClientConfig; schema: string }
  const { default: pg } = await import('pg')
  const client = new pg.Client({ ...options, query_timeout: 10_000 })
  // Of a password given beside a URL, the driver knows only the URL's.
  if (options.password !== undefined) Object.assign(client, { password: options.password })
  client.on('error', () => undefined)
  await client.connect()
  const text = qualified(BEAT, schema)
  const { rows } = await client.query(`select current_setting('default_transaction_isolation') as level`)
  // A stricter default would make a beat fail that meets another one: then its transaction says what it is.
  const strict = rows[0]?.level !== 'read committed'
  return {
    beat: async (worker) => {
      try {
        if (strict) await client.query(BEGIN)
        const { rowCount } = await client.query(text, [worker])
        if (strict) await client.query('commit')
        return rowCount === 1
      } catch (error) {
        await cancelIfTimedOut(client, error)
        if (strict) await client.query('rollback').catch(() => undefined)
        throw error
      }
    },
    close: () => client.end(),
  }
}
