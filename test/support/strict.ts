/** Stores whose transactions are stricter by default than READ COMMITTED, for a whole database or for one role. Gone when the test ends. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { testPostgres } from './postgres.js'

export interface StrictStore {
  readonly url: string
  readonly schema: string
}

/** In a database that is so for everybody. */
export async function strictDatabase(level: string): Promise<StrictStore> {
  const name = `d_${randomBytes(6).toString('hex')}`
  await run(`create database ${name}`, `alter database ${name} set default_transaction_isolation = '${level}'`)
  onTestFinished(() => run(`drop database ${name} with (force)`))
  return { url: urlOf({ pathname: `/${name}` }), schema: 'strict' }
}

/** For a role that is so, where others are not. It owns the schema. */
export async function strictRole(level: string): Promise<StrictStore> {
  const name = `r_${randomBytes(6).toString('hex')}`
  await run(`create role ${name} login password 'sesame'`, `alter role ${name} set default_transaction_isolation = '${level}'`)
  onTestFinished(() => run("set lock_timeout = '5s'", `drop owned by ${name} cascade`, `drop role ${name}`))
  await run(`create schema ${name} authorization ${name}`)
  return { url: urlOf({ username: name, password: 'sesame' }), schema: name }
}

function urlOf(parts: Partial<URL>): string {
  return Object.assign(new URL(testPostgres()), parts).href
}

async function run(...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: testPostgres() })
  await client.connect()
  try {
    for (const sql of statements) await client.query(sql)
  } finally {
    await client.end()
  }
}
