/** The store turns read-only in the middle of a delete by filter: what is done stays done, the refusal is typed, and it can be run again. */
import { describe, expect, it } from 'vitest'
import { defineJob, type Engine, isWorksongError, Worksong } from 'worksong'
import { postgres } from 'worksong/postgres'
import { sqlite } from 'worksong/sqlite'
import { ownPostgres } from '../support/postgres.js'
import { DatabaseSync } from '../support/sqlite.js'
import { errorOf } from '../support/stores.js'
import { withOwn } from '../support/with-own.js'
import { engines, type StageOptions, withPg } from './stage.js'

type WhenFinished = NonNullable<StageOptions['onTestFinished']>

const JOBS = 5000
const QUEUE = 'old'
/** Parts that are deleted before. */
const PARTS = 2

interface Store {
  readonly engine: Engine
  /** Whether it is worth trying again by oneself. */
  readonly mayPass: boolean
  /** Read-only, for everybody and at once. */
  begin(): Promise<void>
  end(): Promise<void>
}

/** As an operator, or a failover, would do it: by a setting of the server. Sessions that there are hear of it a moment later. */
async function postgresStore(onTestFinished: WhenFinished): Promise<Store> {
  const server = await ownPostgres()
  onTestFinished(() => server.close())
  const engine = postgres({ url: server.url, maxConnections: 1, listen: false })
  const tell = (sql: string) =>
    withPg(server.url, async (client) => {
      await client.query('set default_transaction_read_only = off')
      await client.query(sql)
      await client.query('select pg_reload_conf()')
    })
  const writes = async () => {
    const error = await errorOf(engine.takeChore({ name: 'any', everyMs: 1 }))
    if (error !== undefined && !isWorksongError(error, 'WS_STORE_READ_ONLY')) throw error
    return error === undefined
  }
  return {
    engine,
    mayPass: true,
    begin: async () => {
      await tell('alter system set default_transaction_read_only = on')
      while (await writes());
    },
    end: () => tell('alter system reset default_transaction_read_only'),
  }
}

/** A file system cannot be made read-only under a file that is open for writing: SQLite is told that it is. It does not pass by itself. */
async function sqliteStore(onTestFinished: WhenFinished): Promise<Store> {
  const handle = new DatabaseSync(':memory:')
  onTestFinished(async () => handle.close())
  return {
    engine: sqlite({ handle }),
    mayPass: false,
    begin: async () => handle.exec('pragma query_only = on'),
    end: async () => handle.exec('pragma query_only = off'),
  }
}

const newStore = { sqlite: sqliteStore, postgres: postgresStore }

type Delete = Engine['deleteJobs']

/** The store's engine whose deletes go another way. */
function via(engine: Engine, other: (real: Delete) => Delete): Engine {
  return withOwn(engine, { deleteJobs: other((p) => engine.deleteJobs(p)) })
}

/** An app with many waiting jobs. */
async function withJobs(engine: Engine, onTestFinished: WhenFinished) {
  const app = new Worksong({ store: engine, logger: false })
  onTestFinished(() => app.close())
  const job = defineJob({ name: 'waits', queue: QUEUE, run: () => undefined })
  const other = defineJob({ name: 'other', run: () => undefined })
  await app.enqueue(other)
  await app.enqueueMany(job, Array(JOBS).fill(undefined))
  const counts = async () => Object.fromEntries((await app.queues.list()).map(({ name, queued }) => [name, queued]))
  expect(await counts()).toEqual({ default: 1, [QUEUE]: JOBS })
  return { app, counts }
}

/** The ids of all jobs of the queue, page by page. */
async function listed(app: Worksong): Promise<Set<string>> {
  const ids = new Set<string>()
  for (let after: string | undefined | null; after !== null; ) {
    const page = await app.jobs.list({ queue: QUEUE, limit: 1000, ...(after === undefined ? {} : { after }) })
    for (const { id } of page.jobs) ids.add(id)
    after = page.next
  }
  return ids
}

describe.concurrent.each(engines)('%s: read-only in the middle of a delete by filter', (kind) => {
  it('the refusal says so, what was deleted is gone, the rest is whole, and the next run deletes it', async ({ onTestFinished }) => {
    const { engine, mayPass, begin, end } = await newStore[kind](onTestFinished)
    const asked: (readonly string[])[] = []
    const spoilt = via(engine, (real) => async (p) => {
      if (asked.push(p.ids) === PARTS + 1) await begin()
      return real(p)
    })
    const { app, counts } = await withJobs(spoilt, onTestFinished)

    const error = await errorOf(app.jobs.delete({ queue: QUEUE, state: 'queued' }))
    expect(error).toMatchObject({ code: 'WS_STORE_READ_ONLY', retryable: mayPass, unknownOutcome: false })
    const gone = asked.slice(0, PARTS).flat()
    expect(error).toMatchObject({ done: gone.length })
    const left = JOBS - gone.length
    expect(gone.length).toBeGreaterThan(0)
    expect(left).toBeGreaterThan(0)
    // It can still be looked at.
    expect(await counts()).toEqual({ default: 1, [QUEUE]: left })
    const rest = await listed(app)
    expect(rest.size).toBe(left)
    expect(gone.filter((id) => rest.has(id))).toEqual([])

    await end()
    expect(await app.jobs.delete({ queue: QUEUE, state: 'queued' })).toEqual({ jobs: left, results: { deleted: left }, interrupted: false })
    expect(await counts()).toMatchObject({ default: 1 })
    expect((await counts())[QUEUE] ?? 0).toBe(0)
    expect((await listed(app)).size).toBe(0)
  })
})

it.concurrent('postgres: read-only for a moment in the middle of a delete by filter: it goes on by itself, and tells of each job once', async ({
  onTestFinished,
}) => {
  const { engine, begin, end } = await postgresStore(onTestFinished)
  let [calls, refusals] = [0, 0]
  const spoilt = via(engine, (real) => async (p) => {
    if (++calls === PARTS + 1) await begin()
    try {
      return await real(p)
    } catch (error) {
      refusals++
      await end()
      throw error
    }
  })
  const { app, counts } = await withJobs(spoilt, onTestFinished)

  expect(await app.jobs.delete({ queue: QUEUE, state: 'queued' })).toEqual({ jobs: JOBS, results: { deleted: JOBS }, interrupted: false })
  expect(refusals).toBeGreaterThan(0)
  expect((await counts())[QUEUE] ?? 0).toBe(0)
  expect((await listed(app)).size).toBe(0)
})
