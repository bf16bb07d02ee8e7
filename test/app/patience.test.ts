/** A store that comes up later than the app: who brings work or takes it waits, who looks is told at once. */
import { describe, expect, it } from 'vitest'
import { Worksong } from '#dist/app/index.js'
import { defineJob } from '#dist/client/index.js'
import { typed } from '#dist/core/index.js'
import { postgres } from '#dist/engines/postgres/index.js'
import { sqlite } from '#dist/engines/sqlite/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { newFile } from '../engines/sqlite/files.js'
import { blink, FaultyEngine, refusal } from '../support/faulty-engine.js'
import { testPostgres } from '../support/postgres.js'
import { slowClock } from '../support/slow-clock.js'
import { DatabaseSync } from '../support/sqlite.js'
import { errorOf, makers, newPlace } from '../support/stores.js'
import { TestLogger } from '../worker/parts.js'
import { lateServer } from './late-server.js'
import { appOf, newSchema } from './parts.js'

const job = defineJob({ name: 'n', input: typed<number>(), run: (n) => n + 1 })

/** Everything that waits for a store that is away. */
const PATIENT: readonly [string, (app: Worksong) => Promise<unknown>][] = [
  ['enqueue', (app) => app.enqueue(job, 1)],
  ['enqueueMany', (app) => app.enqueueMany(job, [1, 2])],
  ['start', (app) => app.start()],
  ['worker.start', (app) => app.worker().start()],
]

describe('a server that comes up late', () => {
  it.each(PATIENT)('is waited for by %s, with one line in the log that says why', async (_name, call) => {
    const schema = newSchema()
    const server = await lateServer()
    const log = new TestLogger()
    const app = appOf({ store: postgres({ url: server.url, schema }), jobs: [job], logger: log })
    const called = call(app)
    await until(() => log.codes('store.opening.failed').length === 1, 'it is said')
    expect(await errorOf(app.jobs.list())).toMatchObject({ code: 'WS_STORE_UNREACHABLE' })
    await server.comeUp()
    await called
    expect(log.codes('store.opening.failed')).toMatchObject([{ level: 'warn', fields: { error: { code: 'WS_STORE_UNREACHABLE' } } }])
    expect(log.codes('store.opening.failed')[0]?.message).toContain('10s')
    expect(await app.jobs.list()).toMatchObject({ next: null })
  })

  it('is opened once by all who wait for it', async () => {
    const schema = newSchema()
    const server = await lateServer()
    const log = new TestLogger()
    const faults = new FaultyEngine(postgres({ url: server.url, schema }))
    const app = appOf({ store: faults.engine, jobs: [job], logger: log })
    const called = [...PATIENT, ...PATIENT].map(([, call]) => call(app))
    await until(() => faults.callsOf('open').length >= 3, 'it is tried again')
    await server.comeUp()
    await Promise.all(called)
    expect([faults.callsOf('schemaStatus').length, faults.callsOf('migrate').length]).toEqual([1, 1])
    expect(log.codes('store.opening.failed').length).toBe(1)
  })
})

describe.each(makers)('$name', (maker) => {
  it('that is away for longer than the patience is refused with its own error, and can be tried again', async () => {
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    faults.failBefore('open', Number.POSITIVE_INFINITY)
    const app = appOf({ store: faults.engine, jobs: [job], patience: 40 })
    for (const [, call] of PATIENT) expect(await errorOf(call(app))).toMatchObject({ code: 'WS_STORE_UNREACHABLE', retryable: true })
    expect(faults.callsOf('open').length).toBeGreaterThan(PATIENT.length)
  })

  it.each(PATIENT)('is waited for by %s from the call on: tries that take long are part of the patience', async (_name, call) => {
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    const pass = slowClock()
    faults.failBefore('open', Number.POSITIVE_INFINITY, () => {
      pass(10_000)
      return blink()
    })
    const app = appOf({ store: faults.engine, jobs: [job], patience: '25s' })
    expect(await errorOf(call(app))).toMatchObject({ code: 'WS_STORE_UNREACHABLE' })
    expect(faults.callsOf('open').length).toBe(3)
  })

  it('that has come back is opened by the next who needs it', async () => {
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    faults.failBefore('schemaStatus', 1)
    const app = appOf({ store: faults.engine, jobs: [job], patience: 0 })
    expect(await errorOf(app.enqueue(job, 1))).toMatchObject({ code: 'WS_STORE_UNREACHABLE' })
    expect((await app.enqueue(job, 1)).status).toBe('enqueued')
  })

  it.each(PATIENT)('that refuses for good is not waited for by %s', async (_name, call) => {
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    faults.failBefore('open', 1, refusal)
    const log = new TestLogger()
    const app = appOf({ store: faults.engine, jobs: [job], logger: log })
    expect(await errorOf(call(app))).toMatchObject({ code: 'WS_STORE_FAILED' })
    expect([faults.callsOf('open').length, log.codes('store.opening.failed')]).toEqual([1, []])
  })

  it('is not waited for by those who look', async () => {
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    const app = appOf({ store: faults.engine, jobs: [job] })
    for (const look of [() => app.jobs.list(), () => app.queues.list(), () => app.workers.list(), () => app.queues.pause('q')]) {
      faults.failBefore('open')
      expect(await errorOf(look())).toMatchObject({ code: 'WS_STORE_UNREACHABLE' })
    }
    expect(faults.callsOf('open').length).toBe(4)
  })

  it('opened by one who looks serves those who wait', async () => {
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    faults.failBefore('open', Number.POSITIVE_INFINITY, blink, () => !up)
    let up = false
    const app = appOf({ store: faults.engine, jobs: [job] })
    const waiting = app.enqueue(job, 1)
    await until(() => faults.callsOf('open').length >= 2, 'it is tried again')
    up = true
    expect((await app.jobs.list()).jobs.length).toBeLessThanOrEqual(1)
    expect((await waiting).status).toBe('enqueued')
    expect(faults.callsOf('schemaStatus').length).toBe(1)
  })

  it('close ends the waiting at once', async () => {
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    faults.failBefore('open', Number.POSITIVE_INFINITY)
    const app = appOf({ store: faults.engine, jobs: [job], patience: '1h' })
    const called = PATIENT.map(([, call]) => errorOf(call(app)))
    await until(() => faults.callsOf('open').length >= 2, 'it is tried again')
    const tries = faults.callsOf('open').length
    await app.close()
    for (const error of await Promise.all(called)) expect(error).toMatchObject({ code: 'WS_CLOSED' })
    expect(faults.callsOf('open').length - tries).toBeLessThanOrEqual(1)
    expect(faults.callsOf('close').length).toBe(1)
  })

  it('a worker that is stopped while it waits is stopped at once', async () => {
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    faults.failBefore('open', Number.POSITIVE_INFINITY)
    const app = appOf({ store: faults.engine, jobs: [job], patience: '1h' })
    const worker = app.worker()
    const starting = worker.start()
    await until(() => faults.callsOf('open').length >= 2, 'it is tried again')
    await worker.stop()
    await starting
    expect([worker.state, worker.id]).toEqual(['stopped', undefined])
    await app.close()
  })
})

describe('a SQLite file', () => {
  it('that another process keeps locked is waited for', async () => {
    const path = newFile()
    const other = new DatabaseSync(path)
    other.exec('begin exclusive')
    const log = new TestLogger()
    const app = appOf({ store: sqlite({ path, busyTimeout: 20 }), jobs: [job], logger: log })
    const waiting = app.enqueue(job, 1)
    await until(() => log.codes('store.opening.failed').length === 1, 'it is said')
    other.exec('rollback')
    other.close()
    expect((await waiting).status).toBe('enqueued')
    expect(log.codes('store.opening.failed')).toMatchObject([{ fields: { error: { code: 'WS_STORE_BUSY' } } }])
  })
})

describe('errors that do not pass', () => {
  const { username, host, pathname } = new URL(testPostgres())
  it.each([
    ['a database that does not exist', `postgres://${username}@${host}/no_such_database`, 'WS_STORE_NO_DATABASE'],
    ['a user that does not exist', `postgres://nobody_at_all@${host}${pathname}`, 'WS_STORE_REFUSED'],
    ['a folder that does not exist', 'sqlite:no-such-folder/jobs.db', 'WS_STORE_UNREACHABLE'],
  ])('reject at once: %s', async (_what, store, code) => {
    const log = new TestLogger()
    const app = new Worksong({ store, jobs: [job], logger: log, patience: '1h' })
    for (const [, call] of PATIENT) expect(await errorOf(call(app))).toMatchObject({ code })
    expect(log.codes('store.opening.failed')).toEqual([])
    await app.close()
  })
})
