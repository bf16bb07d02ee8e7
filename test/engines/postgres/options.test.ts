/** How to reach Postgres: what is wrong is refused by name before anything is connected, and no password is ever shown. */
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { type PostgresOptions, postgres } from '#dist/engines/postgres/index.js'
import { testPostgres } from '../../support/postgres.js'
import { errorOf, thrownBy } from '../../support/stores.js'
import { engineOf, newSchema, openEngine } from './parts.js'

const url = 'postgres://u:s3cr3t@127.0.0.1:1/db'

describe('options', () => {
  it.each<[string, unknown, string]>([
    ['neither url nor pool', {}, 'url'],
    ['url and pool', { url, pool: {} }, 'url'],
    ['an unknown option', { url, schemas: 'x' }, 'schemas'],
    ['a schema in upper case', { url, schema: 'Jobs' }, 'schema'],
    ['a schema with a quote', { url, schema: 'jobs"; drop table users; --' }, 'schema'],
    ['a schema with a dot', { url, schema: 'a.b' }, 'schema'],
    ['a schema that begins with a digit', { url, schema: '1jobs' }, 'schema'],
    ['an empty schema', { url, schema: '' }, 'schema'],
    ['a schema that is too long', { url, schema: 'a'.repeat(50) }, 'schema'],
    ['a schema of the URL that is wrong', { url: `${url}?schema=A%22B` }, 'schema'],
  ])('are refused by name: %s', (_what, options, field) => {
    const error = thrownBy(() => postgres(options as PostgresOptions))
    expect(error).toMatchObject({ name: 'WorksongError', code: 'WS_INVALID_OPTION', field })
    expect((error as Error).message).not.toContain('s3cr3t')
  })

  it('the place is shown without password and parameters', () => {
    expect(postgres({ url: `${url}?sslmode=require&password=s3cr3t` }).place).toBe('postgres://u@127.0.0.1:1/db')
    expect(postgres({ pool: {} }).place).toBe('the given pool')
  })

  it('a URL that cannot be read is refused without being shown', async () => {
    const broken = 'postgres://u:s3cr3t/with#slash@h:99999999/db'
    const error = await errorOf(Promise.resolve().then(() => engineOf({ url: broken }).open()))
    expect(error).toMatchObject({ name: 'WorksongError', code: 'WS_INVALID_OPTION' })
    expect((error as Error).message).not.toContain('s3cr3t')
  })
})

describe('a store', () => {
  it('may be on a pool of the app, which stays open', async () => {
    const pool = new pg.Pool({ connectionString: testPostgres() })
    try {
      const engine = await openEngine({ pool, schema: newSchema() })
      expect(await engine.listQueues()).toEqual([])
      await engine.close()
      expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    } finally {
      await pool.end()
    }
  })

  it('keeps to its schema, also when the URL names it', async () => {
    const [one, two] = [newSchema(), newSchema()]
    const first = await openEngine({ url: testPostgres(), schema: one })
    const second = await openEngine({ url: `${testPostgres()}?schema=${two}` })
    await first.pauseQueue({ queue: 'q', by: null, reason: null })
    expect([(await first.listQueues()).length, (await second.listQueues()).length]).toEqual([1, 0])
  })

  it('asks for the password at each new connection', async () => {
    let asked = 0
    const password = async () => `token ${++asked}`
    const engine = await openEngine({ url: testPostgres(), schema: newSchema(), password })
    await engine.listQueues()
    // The server trusts us: the password is asked for only where the server asks, so here it is the caller's function that must be usable.
    expect((await engine.beatSource())?.config).toMatchObject({ options: { password: expect.stringMatching(/^token \d+$/) } })
  })
})
