/** A pool of the app's own: its settings are ours too, on every connection; its clients stay the app's. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Worksong } from '#dist/app/index.js'
import { defineJob } from '#dist/client/index.js'
import { newId, typed } from '#dist/core/index.js'
import type { BeatConnection, Engine, Hint } from '#dist/engine/index.js'
import { postgres } from '#dist/engines/postgres/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { testPostgres } from '../../support/postgres.js'
import { errorOf } from '../../support/stores.js'
import { TestLogger } from '../../worker/parts.js'
import { GATE_SSL, startGate } from './gate.js'
import { connect, engineOf, newSchema, openEngine } from './parts.js'

const JOBS = 40

/** A pool that is ended with the test. */
function poolOf(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config)
  onTestFinished(() => pool.end())
  return pool
}

/** The connection that the heartbeat thread would open, from what the thread would be sent. */
async function openBeat(engine: Engine): Promise<BeatConnection> {
  const source = await engine.beatSource()
  const module = (await import(source?.module as string)) as { openBeat(config: unknown): Promise<BeatConnection> }
  const beat = await module.openBeat(structuredClone(source?.config))
  onTestFinished(() => beat.close())
  return beat
}

describe("a caller's pool", () => {
  it('of one client, which handlers hold while they enqueue, is left to them, and outlives the app', async () => {
    const pool = poolOf({ connectionString: testPostgres(), max: 1 })
    const counts = { made: 0, taken: 0, wanted: 0 }
    pool.on('connect', () => counts.made++)
    pool.on('acquire', () => counts.taken++)
    const child = defineJob({ name: 'child', run: () => null })
    const parent = defineJob({
      name: 'parent',
      input: typed<number>(),
      run: async (n) => {
        counts.wanted++
        const client = await pool.connect()
        try {
          await client.query('begin')
          await app.enqueue(child)
          await app.enqueue(child, undefined, { tx: client })
          await client.query(n % 2 === 0 ? 'commit' : 'rollback')
        } finally {
          client.release()
        }
      },
    })
    const log = new TestLogger()
    const app = new Worksong({ store: postgres({ pool, schema: newSchema() }), jobs: [parent, child], logger: log })
    onTestFinished(() => app.close())
    await app.enqueueMany(
      parent,
      Array.from({ length: JOBS }, (_, n) => n),
    )
    await app.worker({ concurrency: 10 }).start()
    await until(async () => (await app.queues.list())[0]?.succeeded === JOBS * 2.5, 'all have succeeded')
    await app.close()
    expect(counts).toEqual({ made: 1, taken: JOBS, wanted: JOBS })
    expect([pool.totalCount, pool.idleCount, pool.waitingCount, pool.ended]).toEqual([1, 1, 0, false])
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    expect(log.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([])
  })

  it('lends its password function, TLS and options to the connections for statements, for hints and for the heartbeat', async () => {
    const gate = await startGate()
    const name = `pool_${randomBytes(4).toString('hex')}`
    const { username, pathname } = new URL(testPostgres())
    let asked = 0
    const pool = poolOf({
      ...{ host: '127.0.0.1', port: gate.port, user: username, database: pathname.slice(1), ssl: { ...GATE_SSL } },
      password: async () => `token ${++asked}`,
      options: `-c application_name=${name} -c search_path=nowhere`,
    })
    const schema = newSchema()
    const engine = await openEngine({ pool, schema })
    const hints: Hint[] = []
    onTestFinished(await engine.listen((hint) => hints.push(hint)))
    const watcher = await connect()
    await until(async () => {
      await watcher.query(`select pg_notify('${schema}_hints', 'another q')`)
      return hints.length > 0
    }, 'a hint comes')
    expect(hints.filter(({ type }) => type !== 'wake')).toEqual([])
    expect(await (await openBeat(engine)).beat(newId())).toBe(false)
    expect(await engine.insertJobs({ jobs: [{ id: newId(), queue: 'q', kind: 'k', priority: 0, maxAttempts: 5, payload: '{}' }] })).toEqual(
      ['inserted'],
    )
    const { rows } = await watcher.query('select count(*)::int n from pg_stat_activity where application_name = $1', [name])
    expect(gate.passwords).toEqual(['token 1', 'token 2', 'token 3'])
    expect([rows[0], pool.totalCount]).toEqual([{ n: 3 }, 0])
  })

  it('that asks for TLS where there is none is refused on each of them', async () => {
    const pool = poolOf({ connectionString: testPostgres(), ssl: true })
    const engine = engineOf({ pool })
    for (const connecting of [() => engine.open(), () => openBeat(engine)]) {
      expect(String(await errorOf(connecting()))).toContain('does not support SSL')
    }
  })

  it('has its keys and certificates sent to the heartbeat thread as text, also those that it hides', async () => {
    const ssl = {
      key: 'the key',
      cert: Buffer.from('the certificate'),
      ca: [Buffer.from('one'), 'two'],
      checkServerIdentity: () => undefined,
    }
    const source = await engineOf({ pool: poolOf({ host: 'h', password: 'sesame', ssl }) }).beatSource()
    expect(structuredClone(source?.config)).toMatchObject({
      options: { host: 'h', password: 'sesame', ssl: { key: 'the key', cert: 'the certificate', ca: ['one', 'two'] } },
    })
  })
})
