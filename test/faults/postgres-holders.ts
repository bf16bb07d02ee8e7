/** Somebody else's sessions: they take every connection that a server has to give, and each that becomes free, until they are told to stop. */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

const NAME = 'holder'
const RETRY_MS = 5

export interface Holders {
  /** Connections now: in all, and those of neither the holders nor this question. */
  counts(): Promise<{ all: number; others: number }>
  /** End the sessions of everybody else. */
  cutOthers(): Promise<void>
  release(): Promise<void>
}

export async function holdAll(url: string): Promise<Holders> {
  // Connected while there is room.
  const admin = newClient(url)
  await admin.connect()
  const held: pg.Client[] = []
  let going = true
  const holding = (async () => {
    while (going) {
      const client = newClient(url)
      try {
        await client.connect()
        held.push(client)
      } catch {
        await client.end().catch(() => {})
        await pause(RETRY_MS)
      }
    }
  })()
  return {
    counts: async () => {
      const { rows } = await admin.query(`select count(*)::int "all", (count(*) filter (where application_name <> '${NAME}'))::int others
        from pg_stat_activity where backend_type = 'client backend'`)
      return rows[0] as { all: number; others: number }
    },
    cutOthers: async () => {
      await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name <> '${NAME}' and backend_type = 'client backend'`)
    },
    release: async () => {
      going = false
      await holding
      await Promise.all([admin, ...held].map((client) => client.end().catch(() => {})))
    },
  }
}

function newClient(url: string): pg.Client {
  const client = new pg.Client({ connectionString: url, application_name: NAME })
  client.on('error', () => {})
  return client
}
