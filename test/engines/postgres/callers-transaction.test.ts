/** What is no transaction of the caller's on this store is refused, before anything is stored anywhere. */
import { randomBytes } from 'node:crypto'
import { expect, it, onTestFinished } from 'vitest'
import { newId } from '#dist/core/index.js'
import type { Engine } from '#dist/engine/index.js'
import { testPostgres } from '../../support/postgres.js'
import { errorOf, jobsIn } from '../../support/stores.js'
import { connect, newSchema, openEngine, run } from './parts.js'

const insert = (engine: Engine, tx: unknown) =>
  engine.insertJobs({ jobs: [{ id: newId(), queue: 'q', kind: 'k', priority: 0, maxAttempts: 5, payload: '{}' }], tx })

/** Another database on the same server, gone with the test. */
async function otherDatabase(): Promise<string> {
  const name = `tx_${randomBytes(6).toString('hex')}`
  await run(testPostgres(), `create database ${name}`)
  onTestFinished(() => run(testPostgres(), `drop database ${name}`))
  const url = new URL(testPostgres())
  url.pathname = `/${name}`
  return url.href
}

it('a client without BEGIN: the job would be there at once, whatever happens next', async () => {
  const engine = await openEngine({ url: testPostgres(), schema: newSchema() })
  const client = await connect()
  expect(await errorOf(insert(engine, client))).toMatchObject({
    code: 'WS_INVALID_OPTION',
    field: 'tx',
    message: expect.stringContaining('has no transaction open'),
  })
  expect(await jobsIn(engine)).toBe(0)
  await client.query('begin')
  expect(await insert(engine, client)).toEqual(['inserted'])
  await client.query('commit')
  expect(await errorOf(insert(engine, client))).toMatchObject({ message: expect.stringContaining('has no transaction open') })
  expect(await jobsIn(engine)).toBe(1)
})

it('a BEGIN that was sent and not waited for counts', async () => {
  const engine = await openEngine({ url: testPostgres(), schema: newSchema() })
  const client = await connect()
  const [, inserted] = await Promise.all([client.query('begin'), insert(engine, client)])
  expect([inserted, await jobsIn(engine)]).toEqual([['inserted'], 0])
  await client.query('rollback')
  expect(await jobsIn(engine)).toBe(0)
})

it.each([
  ['without Worksong', false],
  ['with a schema of the same name', true],
])('a client of another database, %s: refused by name, and its transaction can go on', async (_what, both) => {
  const schema = newSchema()
  const engine = await openEngine({ url: testPostgres(), schema })
  const url = await otherDatabase()
  const client = await connect(url)
  if (both) await (await openEngine({ url, schema })).close()
  await client.query('begin')
  const { message } = (await errorOf(insert(engine, client))) as Error
  expect(message).toContain(`connected to another database (${new URL(url).pathname.slice(1)}) than the store`)
  expect((await client.query('select 7 as n')).rows).toEqual([{ n: 7 }])
  await client.end()
})

it('a collision is the caller to do again', async () => {
  const engine = await openEngine({ url: testPostgres(), schema: newSchema() })
  const collided = Object.assign(new Error('could not serialize access'), { code: '40001' })
  const client = { query: () => Promise.reject(collided) }
  const error = await errorOf(insert(engine, client))
  expect(error).toMatchObject({
    code: 'WS_STORE_BUSY',
    retryable: true,
    fix: 'Roll back and do your whole transaction again.',
    cause: collided,
  })
  expect((error as Error).message).not.toContain('It is tried again')
})

it('a job for later wakes those who promote, not the workers, and names of any length are no harm to the transaction', async () => {
  const schema = newSchema()
  const engine = await openEngine({ url: testPostgres(), schema })
  const listening = await openEngine({ url: testPostgres(), schema })
  const told: string[] = []
  await listening.listen((hint) => void (hint.type === 'wake' && told.push(...hint.queues)))
  const client = await connect()
  const names = Array.from({ length: 60 }, (_, at) => `${at}`.padEnd(128, '队'))
  const jobs = [...names, 'later'].map((queue) => {
    return {
      id: newId(),
      queue,
      kind: 'k',
      priority: 0,
      maxAttempts: 5,
      payload: '{}',
      ...(queue === 'later' ? { delayMs: 3_600_000 } : {}),
    }
  })
  // Hints may be lost while the listener connects.
  await expect
    .poll(
      async () => {
        await client.query('begin')
        await engine.insertJobs({ jobs: jobs.map((one) => ({ ...one, id: newId() })), tx: client })
        await client.query('commit')
        return told.length
      },
      { timeout: 10_000 },
    )
    .toBeGreaterThan(60)
  expect(new Set(told)).toEqual(new Set([...names, '/due']))
})
