/** A stage on a Postgres server of its own, to restart, to fill and to lock as one likes. */
import { onTestFinished } from 'vitest'
import { ownPostgres, type PostgresServer } from '../support/postgres.js'
import { type Stage, type StageOptions, stage, withPg } from './stage.js'

export interface OwnServer {
  readonly on: Stage
  readonly server: PostgresServer
}

/** Both go when the test has finished, the stage first: what is made last goes first, and it needs the server for that. */
export async function ownServer(settings: Record<string, string> = {}, options: StageOptions = {}): Promise<OwnServer> {
  const { onTestFinished: whenFinished = onTestFinished } = options
  const server = await ownPostgres({ settings })
  whenFinished(() => server.close())
  return { on: await stage('postgres', { ...options, url: server.url }), server }
}

export interface Activity {
  /** Connections of clients, that of the question among them. */
  readonly backends: number
  /** Statements that have ended since the server began, as transactions. */
  readonly transactions: number
}

export async function activity(url: string): Promise<Activity> {
  return withPg(url, async (client) => {
    const { rows } = await client.query(`select
      (select count(*)::int from pg_stat_activity where backend_type = 'client backend') backends,
      (select sum(xact_commit + xact_rollback)::int from pg_stat_database where datname = 'postgres') transactions`)
    return rows[0] as Activity
  })
}
