/** What Postgres and the network say, as typed errors: which code, whether trying again may help, and never a password. */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { newId, type WorksongError } from '#dist/core/index.js'
import type { BeatConnection, Engine, Hint, NewJob } from '#dist/engine/index.js'
import { toWorksongError } from '#dist/engines/postgres/errors.js'
import { type PostgresOptions, postgres } from '#dist/engines/postgres/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { ownPostgres, type PostgresServer } from '../../support/postgres.js'
import { errorOf } from '../../support/stores.js'
import { connect, engineOf, run } from './parts.js'

const SECRET = 's3cr3t'
let server: PostgresServer

beforeAll(async () => {
  server = await ownPostgres()
  const roles = ['locked', 'reader', 'hurried', 'few', 'stranger', 'refused'].map(
    (role) => `create role ${role} login password '${SECRET}'`,
  )
  const engine = postgres({ url: server.url })
  await engine.open()
  await engine.migrate()
  await engine.close()
  const grants = ['locked', 'reader', 'hurried', 'few'].flatMap((role) => [
    `grant usage on schema worksong to ${role}`,
    `grant all on all tables in schema worksong to ${role}`,
    `grant all on all sequences in schema worksong to ${role}`,
  ])
  await run(server.url, ...roles, ...grants)
  await run(
    server.url,
    'alter role reader set default_transaction_read_only = on',
    "alter role hurried set statement_timeout = '100ms'",
    'alter role few connection limit 0',
  )
  // Only this role is asked for its password, and one host pattern is let in by nobody.
  const lines = ['host all locked 127.0.0.1/32 scram-sha-256', 'host all refused 127.0.0.1/32 reject', 'host all all 127.0.0.1/32 trust']
  const file = ((await ask('show hba_file')) as { hba_file: string }).hba_file
  await run(server.url, `copy (select unnest(array['${lines.join("','")}'])) to '${file}'`, 'select pg_reload_conf()')
  await until(async () => (await errorOf(ask('select 1', urlOf('refused')))) !== undefined, 'the server has read its rules')
})

afterAll(() => server?.close())

async function ask(sql: string, url = server.url): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows[0]
  } finally {
    await client.end()
  }
}

function urlOf(user: string, password = SECRET, database = 'postgres'): string {
  const url = new URL(server.url)
  Object.assign(url, { username: user, password, pathname: `/${database}` })
  return url.href
}

const newJob = (): NewJob => ({ id: newId(), queue: 'q', kind: 'k', priority: 0, maxAttempts: 5, payload: '{}' })

/** The error of opening and of the first insert. */
async function refused(options: PostgresOptions): Promise<WorksongError> {
  const engine = engineOf(options)
  const error = (await errorOf(engine.open().then(() => engine.insertJobs({ jobs: [newJob()] })))) as WorksongError
  const words = [error.message, error.stack, error.fix, JSON.stringify(error), engine.place, String((error.cause as Error)?.stack)]
  expect(words.join('\n')).not.toContain(SECRET)
  return error
}

const CASES: readonly [string, () => PostgresOptions, object][] = [
  [
    'a closed port',
    () => ({ url: `postgres://u:${SECRET}@127.0.0.1:1/db` }),
    { code: 'WS_STORE_UNREACHABLE', retryable: true, unknownOutcome: false },
  ],
  [
    'an unknown host',
    () => ({ url: `postgres://u:${SECRET}@no-such-host.invalid/db` }),
    { code: 'WS_STORE_UNREACHABLE', retryable: true, unknownOutcome: false },
  ],
  ['a wrong password', () => ({ url: urlOf('locked', `not ${SECRET}`) }), { code: 'WS_STORE_PASSWORD', retryable: false }],
  ['no password', () => ({ url: urlOf('locked', '') }), { code: 'WS_STORE_PASSWORD', retryable: false }],
  ['a missing database', () => ({ url: urlOf('postgres', SECRET, 'nowhere') }), { code: 'WS_STORE_NO_DATABASE', retryable: false }],
  ['a user who is not let in', () => ({ url: urlOf('refused') }), { code: 'WS_STORE_REFUSED', retryable: false }],
  ['a user that there is not', () => ({ url: urlOf('nobody_here') }), { code: 'WS_STORE_REFUSED', retryable: false }],
  ['a server without TLS', () => ({ url: `${urlOf('postgres')}?sslmode=require` }), { code: 'WS_STORE_REFUSED', retryable: false }],
  ['no connection left', () => ({ url: urlOf('few') }), { code: 'WS_STORE_REFUSED', retryable: true }],
  ['a user who may not', () => ({ url: urlOf('stranger') }), { code: 'WS_STORE_RIGHTS', retryable: false }],
  ['a missing schema', () => ({ url: urlOf('postgres'), schema: 'elsewhere' }), { code: 'WS_SCHEMA_MISSING', retryable: false }],
  [
    'transactions that are read-only',
    () => ({ url: urlOf('reader') }),
    { code: 'WS_STORE_READ_ONLY', retryable: true, unknownOutcome: false },
  ],
]

describe('errors', () => {
  it.each(CASES)('%s', async (_what, options, expected) => {
    expect(await refused(options())).toMatchObject({
      name: 'WorksongError',
      ...expected,
      fix: expect.any(String),
      cause: expect.anything(),
    })
  })

  it.each<[string, () => PostgresOptions, RegExp]>([
    ['a user that there is not', () => ({ url: urlOf('nobody_here') }), /^Correct the user .* create role/],
    ['a user who is not let in', () => ({ url: urlOf('refused') }), /pg_hba\.conf/],
    ['a wrong password', () => ({ url: urlOf('locked', 'wrong') }), /user and password .* % is %25, .* @ is %40/],
  ])('%s: the fix is for just that', async (_what, options, fix) => {
    expect((await refused(options())).fix).toMatch(fix)
  })

  it.each(['sslkey', 'sslcert', 'sslrootcert'])(
    'a file of %s that cannot be read is no matter of the network, and may be the key itself',
    async (name) => {
      for (const path of ['/no/such/file', '/', SECRET, SECRET.repeat(99)]) {
        const error = await refused({ url: `${urlOf('postgres')}?${name}=${path}` })
        expect(error).toMatchObject({ code: 'WS_INVALID_OPTION', retryable: false, fix: expect.stringContaining(name) })
      }
    },
  )

  it('a connection that breaks is no file, although the system calls both a read', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })
    expect(toWorksongError(reset, 'here', true)).toMatchObject({ code: 'WS_STORE_UNREACHABLE', retryable: true, unknownOutcome: true })
  })

  it.each<[string, () => PostgresOptions]>([
    ['in the URL', () => ({ url: urlOf('locked') })],
    ['by a function', () => ({ url: urlOf('locked', ''), password: async () => SECRET })],
    ['by a function that wins over the URL', () => ({ url: urlOf('locked', 'old'), password: () => SECRET })],
    ['by a pool', () => ({ pool: poolOf({ ...locationOf('locked'), password: SECRET }) })],
    ['by the URL of a pool', () => ({ pool: poolOf({ connectionString: urlOf('locked') }) })],
    ['for statements and for hints apart', () => ({ url: urlOf('locked'), listen: urlOf('locked') })],
  ])('the right password, %s, opens the store, the connection for hints and that of the heartbeat', async (_how, options) => {
    const engine = engineOf(options())
    await engine.open()
    expect(await engine.insertJobs({ jobs: [newJob()] })).toEqual(['inserted'])
    const hints: Hint[] = []
    const unlisten = await engine.listen((hint) => hints.push(hint))
    await expect
      .poll(() => ask("select pg_notify('worksong_hints', 'another q')").then(() => hints))
      .toContainEqual({ type: 'wake', queues: ['q'] })
    expect(hints.filter(({ type }) => type === 'down')).toEqual([])
    await unlisten()
    const source = await engine.beatSource()
    const { openBeat } = (await import(source?.module as string)) as { openBeat(config: unknown): Promise<BeatConnection> }
    const beat = await openBeat(structuredClone(source?.config))
    expect(await beat.beat(newId())).toBe(false)
    await beat.close()
  })

  it('a statement that the server cancels was not carried out, and may be tried again', async () => {
    const engine = engineOf({ url: urlOf('hurried') })
    await engine.open()
    const release = await locked()
    const job = newJob()
    expect(await errorOf(engine.insertJobs({ jobs: [job] }))).toMatchObject({
      code: 'WS_STORE_BUSY',
      retryable: true,
      unknownOutcome: false,
    })
    await release()
    expect(await engine.insertJobs({ jobs: [job] })).toEqual(['inserted'])
  })

  it('a statement that was not answered in time may have been carried out; the connection is given up, and the next call goes through', async () => {
    const engine = engineOf({ url: server.url, statementTimeout: 150 })
    await engine.open()
    const release = await locked()
    const job = newJob()
    expect(await errorOf(engine.insertJobs({ jobs: [job] }))).toMatchObject({
      code: 'WS_STORE_UNREACHABLE',
      retryable: true,
      unknownOutcome: true,
    })
    await release()
    expect(await retried(engine, job)).toBeDefined()
    expect((await engine.getJob({ id: job.id }))?.state).toBe('queued')
  })

  it('a connection that is cut in the middle leaves the outcome unknown, and the next call goes through', async () => {
    const engine = engineOf({ url: urlOf('locked') })
    await engine.open()
    const release = await locked()
    const inserting = errorOf(engine.insertJobs({ jobs: [newJob()] }))
    const cut = "select count(pg_terminate_backend(pid))::int n from pg_stat_activity where usename = 'locked' and state = 'active'"
    await expect.poll(() => ask(cut)).toEqual({ n: 1 })
    expect(await inserting).toMatchObject({ code: 'WS_STORE_UNREACHABLE', retryable: true, unknownOutcome: true })
    await release()
    expect(await engine.insertJobs({ jobs: [newJob()] })).toEqual(['inserted'])
  })

  it('a server that goes and comes back is unreachable meanwhile, and nothing has to be opened again', async () => {
    const own = await ownPostgres()
    try {
      const engine = engineOf({ url: own.url })
      await engine.open()
      await engine.migrate()
      await own.stop()
      expect(await errorOf(engine.insertJobs({ jobs: [newJob()] }))).toMatchObject({ code: 'WS_STORE_UNREACHABLE', retryable: true })
      await own.start()
      expect(await retried(engine, newJob())).toBeDefined()
      await engine.close()
    } finally {
      await own.close()
    }
  })
})

/** A pool of the app's own, ended with the test. */
function poolOf(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config)
  onTestFinished(() => pool.end())
  return pool
}

function locationOf(user: string): pg.PoolConfig {
  const { hostname, port } = new URL(server.url)
  return { host: hostname, port: Number(port), user, database: 'postgres' }
}

/** Inserting, as long as the store says that trying again may help. */
async function retried(engine: Engine, job: NewJob): Promise<unknown> {
  for (;;) {
    const error = await errorOf(engine.insertJobs({ jobs: [job] }))
    if (error === undefined) return 'inserted'
    if (!(error as WorksongError).retryable) throw error
  }
}

/** Nobody can write jobs until the returned function is called. */
async function locked(): Promise<() => Promise<void>> {
  const client = await connect(server.url)
  await client.query('begin')
  await client.query('lock table worksong.jobs in exclusive mode')
  return async () => {
    await client.query('rollback')
  }
}
