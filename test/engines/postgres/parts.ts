/** For the tests of the Postgres engine: clients that are ended, engines that are closed, and schemas that go with the test. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import type { Engine } from '#dist/engine/index.js'
import { type PostgresOptions, postgres } from '#dist/engines/postgres/index.js'
import { testPostgres } from '../../support/postgres.js'

/** A name for a schema of one's own. */
export function newSchema(url: string = testPostgres()): string {
  const schema = `p_${randomBytes(6).toString('hex')}`
  onTestFinished(() => run(url, `set lock_timeout = '5s'; drop schema if exists ${schema} cascade`))
  return schema
}

/** An engine, not opened; closed when the test ends. */
export function engineOf(options: PostgresOptions): Engine {
  const engine = postgres(options)
  onTestFinished(() => engine.close())
  return engine
}

export async function openEngine(options: PostgresOptions): Promise<Engine> {
  const engine = engineOf(options)
  await engine.open()
  await engine.migrate()
  return engine
}

/** A client that is ended with the test. */
export async function connect(url: string = testPostgres()): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  onTestFinished(() => client.end())
  await client.connect()
  return client
}

export async function run(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const sql of statements) await client.query(sql)
  } finally {
    await client.end()
  }
}
