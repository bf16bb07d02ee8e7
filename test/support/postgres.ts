/** Postgres for tests: one server shared by the whole run, and servers of one's own to stop and restart. */
import { inject } from 'vitest'
import { launchPostgres, type PostgresServer, type ServerOptions } from './postgres-server.js'

export type { PostgresServer, ServerOptions, StopMode } from './postgres-server.js'

/** The URL of the shared server. Other tests use it at the same time: take a schema or a database of your own. */
export function testPostgres(): string {
  return inject('postgresUrl')
}

/** A server for this test alone, to break as it likes. The test closes it; a test file that does not, fails. */
export function ownPostgres(options: ServerOptions = {}): Promise<PostgresServer> {
  return launchPostgres(options)
}
