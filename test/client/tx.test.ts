/** The caller's own transaction: the jobs exist iff it commits. */
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { newId, typed } from '#dist/core/index.js'
import { postgresServer, sqliteFile, sqliteMemory } from '../support/engines.js'
import { testPostgres } from '../support/postgres.js'
import { errorOf, jobsIn, newPlace, openEngine, sharedMakers } from '../support/stores.js'
import { clientOf, newClient } from './parts.js'

const job = defineJob({ name: 'n', input: typed<number>() })

describe.each(sharedMakers)('$name', (maker) => {
  it('a job is there once the transaction has committed, and not before', async () => {
    const place = await newPlace(maker)
    const { enqueuer, engine } = clientOf(await openEngine(place))
    const { tx, commit } = await place.begin()
    const { id, status } = await enqueuer.enqueue(job, 1, { tx, delay: '1h' })
    const many = await enqueuer.enqueueMany(job, [2, 3, 4], { tx })
    expect([status, many]).toEqual(['enqueued', { enqueued: 3, duplicates: 0, rejected: 0 }])
    expect([await engine.getJob({ id }), await jobsIn(engine)]).toEqual([null, 0])
    await commit()
    expect(await engine.getJob({ id })).toMatchObject({ state: 'scheduled', payload: '1' })
    expect(await jobsIn(engine)).toBe(4)
  })

  it('a rollback leaves nothing, and the id is free again', async () => {
    const place = await newPlace(maker)
    const { enqueuer, engine } = clientOf(await openEngine(place))
    const id = newId()
    const { tx, rollback } = await place.begin()
    await enqueuer.enqueue(job, 1, { tx, id })
    await enqueuer.enqueueMany(
      job,
      Array.from({ length: 2500 }, (_, n) => n),
      { tx },
    )
    await rollback()
    expect(await jobsIn(engine)).toBe(0)
    expect(await enqueuer.enqueue(job, 2, { id })).toEqual({ id, status: 'enqueued' })
  })

  it('an id that is there already is a duplicate within the transaction too, and does not abort it', async () => {
    const place = await newPlace(maker)
    const { enqueuer, engine } = clientOf(await openEngine(place))
    const id = newId()
    await enqueuer.enqueue(job, 1, { id })
    const { tx, commit } = await place.begin()
    expect(await enqueuer.enqueue(job, 2, { id, tx })).toEqual({ id, status: 'duplicate' })
    expect(await enqueuer.enqueue(job, 3, { tx })).toMatchObject({ status: 'enqueued' })
    await commit()
    expect([(await engine.getJob({ id }))?.payload, await jobsIn(engine)]).toEqual(['1', 2])
  })

  it('is not gathered with strangers, who are stored at once', async () => {
    const place = await newPlace(maker)
    const { enqueuer, engine, faults } = clientOf(await openEngine(place))
    if (maker === sqliteFile) return
    const { tx, rollback } = await place.begin()
    await Promise.all([enqueuer.enqueue(job, 1, { tx }), enqueuer.enqueue(job, 2), enqueuer.enqueue(job, 3)])
    expect(faults.callsOf('insertJobs').map(({ jobs, tx: own }) => [jobs.length, own === tx])).toEqual(
      expect.arrayContaining([
        [1, true],
        [2, false],
      ]),
    )
    await rollback()
    expect(await jobsIn(engine)).toBe(2)
  })

  it('what is wrong with the input is found before the transaction is touched', async () => {
    const place = await newPlace(maker)
    const { enqueuer, engine } = clientOf(await openEngine(place))
    const { tx, commit } = await place.begin()
    expect(await errorOf(enqueuer.enqueue(job, Number.NaN, { tx }))).toMatchObject({ code: 'WS_UNSTORABLE' })
    await enqueuer.enqueue(job, 1, { tx })
    await commit()
    expect(await jobsIn(engine)).toBe(1)
  })
})

describe('tx', () => {
  it('must be a client of Postgres, not a pool', async () => {
    const { enqueuer, engine } = await newClient(postgresServer)
    const pool = new pg.Pool({ connectionString: testPostgres() })
    try {
      for (const tx of [pool, {}, null, 'tx', 7]) {
        const error = await errorOf(enqueuer.enqueue(job, 1, { tx: tx as object }))
        expect(error).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'tx' })
      }
      await expect(enqueuer.enqueue(job, 1, { tx: pool as object })).rejects.toThrow(/pool\.connect\(\)/)
    } finally {
      await pool.end()
    }
    expect(await jobsIn(engine)).toBe(0)
  })

  it('must be a handle of SQLite on the same file', async () => {
    const { enqueuer, engine } = await newClient(sqliteMemory)
    for (const tx of [{}, null, 'tx', 7]) {
      expect(await errorOf(enqueuer.enqueue(job, 1, { tx: tx as object }))).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'tx' })
    }
    expect(await jobsIn(engine)).toBe(0)
  })

  it('of Postgres that was aborted says so as the store does, and leaves the client to its owner', async () => {
    const place = await newPlace(postgresServer)
    const { enqueuer, engine } = clientOf(await openEngine(place))
    const { tx, rollback } = await place.begin()
    await errorOf((tx as pg.Client).query('select nonsense'))
    expect(await errorOf(enqueuer.enqueue(job, 1, { tx }))).toMatchObject({
      name: 'WorksongError',
      code: 'WS_STORE_FAILED',
      retryable: false,
    })
    await rollback()
    expect(await jobsIn(engine)).toBe(0)
  })
})
