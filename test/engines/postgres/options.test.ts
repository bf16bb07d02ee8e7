/** How to reach Postgres: what is wrong is refused by name before anything is connected, and no password is ever shown. */
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { newId } from '#dist/core/index.js'
import type { Hint } from '#dist/engine/index.js'
import { openBeat } from '#dist/engines/postgres/beat.js'
import { type PostgresOptions, postgres } from '#dist/engines/postgres/index.js'
import { newWorker, TestWorker } from '#dist/testing/conformance/index.js'
import { testPostgres } from '../../support/postgres.js'
import { errorOf, thrownBy } from '../../support/stores.js'
import { engineOf, newSchema, openEngine, run } from './parts.js'

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
    ['a schema that Postgres keeps for itself', { url, schema: 'pg_jobs' }, 'schema'],
    ['the schema of the standard', { url, schema: 'information_schema' }, 'schema'],
    ['a schema that is no text', { url, schema: 5 }, 'schema'],
    ['a url that is no text', { url: 5 }, 'url'],
    ['a pool that is none', { pool: 5 }, 'pool'],
    ['no connections', { url, maxConnections: 0 }, 'maxConnections'],
    ['less than no connections', { url, maxConnections: -1 }, 'maxConnections'],
    ['half a connection', { url, maxConnections: 1.5 }, 'maxConnections'],
    ['connections as text', { url, maxConnections: '8' }, 'maxConnections'],
    ['a timeout that no timer can wait', { url, statementTimeout: 3e9 }, 'statementTimeout'],
    ['a timeout of nothing', { url, statementTimeout: 0 }, 'statementTimeout'],
    ['a password that is no function', { url, password: 5 }, 'password'],
    ['a place to listen that is none', { url, listen: 5 }, 'listen'],
    ['an ssl that is none', { url, ssl: 5 }, 'ssl'],
    ['a schema of the URL that is wrong', { url: `${url}?schema=A%22B` }, 'schema'],
  ])('are refused by name: %s', (_what, options, field) => {
    const error = thrownBy(() => postgres(options as PostgresOptions))
    expect(error).toMatchObject({ name: 'WorksongError', code: 'WS_INVALID_OPTION', field })
    expect((error as Error).message).not.toContain('s3cr3t')
  })

  it.each([Number.POSITIVE_INFINITY, -1, Number.NaN, 'soon', {}])(
    'a statementTimeout that is no duration is refused: %s',
    (statementTimeout) => {
      const error = thrownBy(() => postgres({ url, statementTimeout } as PostgresOptions))
      expect(error).toMatchObject({ code: 'WS_INVALID_DURATION', field: 'statementTimeout' })
    },
  )

  it.each([undefined, null, 5, []])('what is no options at all is refused: %j', (options) => {
    expect(thrownBy(() => postgres(options as unknown as PostgresOptions))).toMatchObject({ code: 'WS_INVALID_OPTION' })
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

  it.each(['order', 'user', 'table'])('may be in a schema named by a word of SQL: %s', async (schema) => {
    onTestFinished(() => run(testPostgres(), `drop schema if exists "${schema}" cascade`))
    const engine = await openEngine({ url: testPostgres(), schema, statementTimeout: '20s', maxConnections: 1 })
    const worker = new TestWorker(engine, newWorker())
    await engine.registerWorker(worker.info)
    const woken = new Promise<Hint>((resolve) => void engine.listen(resolve))
    const job = { id: newId(), queue: 'q', kind: 'k', priority: 0, maxAttempts: 5, payload: '{}' }
    await engine.insertJobs({ jobs: [job] })
    engine.announce(['q'])
    expect(await woken).toEqual({ type: 'wake', queues: ['q'] })
    const held = await worker.take()
    expect(held.map(({ id }) => id)).toEqual([job.id])
    const source = await engine.beatSource()
    const beat = await openBeat(source?.config)
    expect(await beat.beat(worker.id)).toBe(true)
    await beat.close()
    await worker.finishAll(held, 'succeeded')
    expect((await engine.listJobs({ filter: { state: 'succeeded' }, limit: 5 })).jobs.length).toBe(1)
    expect((await engine.schemaStatus()).pending).toEqual([])
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
