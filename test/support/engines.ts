/** Fresh stores of every kind for the tests that all engines must pass. Dropped when the test passed, kept for a look when not. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { CallerTransaction, Store, StoreMaker } from '#dist/testing/conformance/index.js'
import { testPostgres } from './postgres.js'
import { DatabaseSync } from './sqlite.js'

export const sqliteFile: StoreMaker = {
  name: 'sqlite',
  async make(): Promise<Store> {
    const { sqlite } = await import('#dist/engines/sqlite/index.js')
    const folder = mkdtempSync(join(tmpdir(), 'worksong-'))
    const path = join(folder, 'jobs.db')
    return {
      engine: () => sqlite({ path }),
      begin: async () => beginSqlite(path),
      unreachable: () => sqlite({ path: join(folder, 'nowhere', 'jobs.db') }),
      async discard(passed) {
        if (!passed) return console.log(`kept ${path}`)
        rmSync(folder, { recursive: true })
      },
    }
  },
}

export const sqliteMemory: StoreMaker = {
  name: 'sqlite in memory',
  async make(): Promise<Store> {
    const { sqlite } = await import('#dist/engines/sqlite/index.js')
    return {
      engine: () => sqlite({ path: ':memory:' }),
      begin: () => Promise.reject(new Error('a store in memory has one connection')),
      unreachable: () => sqlite({ path: join(tmpdir(), 'worksong-no-such-folder', 'jobs.db') }),
      discard: async () => undefined,
    }
  },
}

export const postgresServer: StoreMaker = {
  name: 'postgres',
  async make(): Promise<Store> {
    const { postgres } = await import('#dist/engines/postgres/index.js')
    const url = testPostgres()
    const schema = `t_${randomBytes(6).toString('hex')}`
    const elsewhere = new URL(url)
    elsewhere.host = '127.0.0.1:1'
    return {
      engine: () => postgres({ url, schema }),
      begin: () => beginPostgres(url),
      unreachable: () => postgres({ url: elsewhere.href, schema }),
      async discard(passed) {
        if (!passed) return console.log(`kept the schema ${schema}`)
        // A session that was left with a lock would make this fail.
        await withClient(url, (client) => client.query(`set lock_timeout = '5s'; drop schema if exists ${schema} cascade`))
      },
    }
  },
}

function beginSqlite(path: string): CallerTransaction {
  const tx = new DatabaseSync(path)
  tx.exec('pragma busy_timeout = 5000')
  tx.exec('begin immediate')
  const end = async (how: string) => {
    tx.exec(how)
    tx.close()
  }
  return { tx, commit: () => end('commit'), rollback: () => end('rollback') }
}

async function beginPostgres(url: string): Promise<CallerTransaction> {
  const tx = new pg.Client({ connectionString: url })
  await tx.connect()
  await tx.query('begin')
  const end = async (how: string) => {
    await tx.query(how)
    await tx.end()
  }
  return { tx, commit: () => end('commit'), rollback: () => end('rollback') }
}

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
