/** What the engine's look at its store finds, on a real server in every state that an operator meets. */
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Check, Engine } from '#dist/engine/index.js'
import { ofClock, sizeOf } from '#dist/engine/index.js'
import { ownPostgres, testPostgres } from '../../support/postgres.js'
import { connect, engineOf, newSchema, openEngine, run } from './parts.js'

const SECRET = 'canary-7f3a9'

async function look(engine: Engine): Promise<Map<string, Check>> {
  return new Map((await engine.diagnose()).map((check) => [check.name, check]))
}

/** A role of its own, with what it was granted; gone with the test. */
async function newRole(name: string, ...grants: readonly string[]): Promise<string> {
  await run(testPostgres(), `drop role if exists ${name}`, `create role ${name} login password '${SECRET}'`, ...grants)
  onTestFinished(() => run(testPostgres(), `drop owned by ${name}`, `drop role ${name}`))
  const url = new URL(testPostgres())
  url.username = name
  url.password = SECRET
  return url.href
}

describe('diagnose on Postgres', () => {
  it('says of a store that is up how it is', async () => {
    const found = await look(await openEngine({ url: testPostgres(), schema: newSchema() }))
    expect([...found].filter(([, { status }]) => status === 'failed')).toEqual([])
    expect(found.get('version')?.text).toMatch(/^Postgres \d+/)
    expect(found.get('schema')).toMatchObject({ status: 'ok' })
    expect(found.get('disk')).toMatchObject({ status: 'unknown', text: expect.stringMatching(/database holds [\d.]+ MiB/) })
    expect(found.get('connections')?.text).toMatch(/^\d+ of \d+ connections/)
    expect(found.get('listen')).toMatchObject({ status: 'ok' })
  })

  it('names the rights that a role lacks, and no password', async () => {
    const schema = newSchema()
    await openEngine({ url: testPostgres(), schema })
    const url = await newRole(`${schema}_r`, `grant usage on schema ${schema} to ${schema}_r`)
    const engine = engineOf({ url, schema })
    const lacking = (await look(engine)).get('rights')
    expect(lacking).toMatchObject({ status: 'failed', fix: expect.stringContaining('docs/operate/postgres.md') })
    expect(lacking?.text).toMatch(/table \S+\.\w+.* and \d+ more/)
    const all = ['select, insert, update, delete on all tables', 'usage, select on all sequences', 'execute on all routines']
    await run(testPostgres(), ...all.map((right) => `grant ${right} in schema ${schema} to ${schema}_r`))
    expect((await look(engine)).get('rights')).toMatchObject({ status: 'ok' })
    await run(testPostgres(), `revoke update on ${schema}.workers from ${schema}_r`)
    expect((await look(engine)).get('rights')?.text).toMatch(/lacks rights on table \S+\.workers$/)
    await run(testPostgres(), `revoke usage on schema ${schema} from ${schema}_r`)
    expect((await look(engine)).get('rights')).toMatchObject({ status: 'failed', text: expect.stringContaining('may not use the schema') })
    expect(JSON.stringify([...(await look(engine))])).not.toContain(SECRET)
  })

  it('says that a role may not make the schema', async () => {
    const schema = newSchema()
    const found = await look(engineOf({ url: await newRole(`${schema}_r`), schema }))
    expect(found.get('schema')).toMatchObject({ status: 'failed', fix: expect.stringContaining('worksong migrate') })
    expect(found.get('rights')).toMatchObject({ status: 'failed', fix: expect.stringContaining('worksong migrate') })
  })

  it('tells a schema that is too new from one that is only newer', async () => {
    const schema = newSchema()
    const engine = await openEngine({ url: testPostgres(), schema })
    await run(testPostgres(), `update ${schema}.meta set version = 99`)
    expect((await look(engine)).get('schema')).toMatchObject({ status: 'ok', text: expect.stringContaining('newer') })
    await run(testPostgres(), `update ${schema}.meta set oldest_reader = 99`)
    expect((await look(engine)).get('schema')).toMatchObject({ status: 'failed', fix: expect.stringContaining('newer version') })
    await run(testPostgres(), `update ${schema}.meta set version = 0, oldest_reader = 1`)
    expect((await look(engine)).get('schema')).toMatchObject({ status: 'failed', fix: expect.stringContaining('worksong migrate') })
  })

  it('misses a table that is not there any more', async () => {
    const schema = newSchema()
    const engine = await openEngine({ url: testPostgres(), schema })
    await run(testPostgres(), `alter table ${schema}.jobs rename to old_jobs`)
    const text = expect.stringMatching(/lacks the table jobs$/)
    expect((await look(engine)).get('schema')).toMatchObject({ status: 'failed', text, fix: expect.stringContaining('backup') })
    await run(testPostgres(), `drop table ${schema}.queues`)
    expect((await look(engine)).get('schema')?.text).toMatch(/lacks the tables jobs, queues$/)
  })

  it('fails the reach alone when nobody answers, with the fix and without the password', async () => {
    for (const change of [{ port: '1' }, { host: 'nowhere.invalid' }, { username: 'nobody' }, { pathname: '/no_such_database' }]) {
      const url = new URL(testPostgres())
      Object.assign(url, { password: SECRET }, change)
      const checks = await engineOf({ url: url.href, listen: url.href }).diagnose()
      expect(checks[0], JSON.stringify(change)).toMatchObject({ name: 'reach', status: 'failed', fix: expect.any(String) })
      expect(checks.slice(1).every(({ status }) => status === 'unknown')).toBe(true)
      expect(JSON.stringify(checks)).not.toContain(SECRET)
    }
  })

  it('has texts that are whole, whatever the password is', async () => {
    const schema = newSchema()
    await openEngine({ url: testPostgres(), schema })
    const url = new URL(testPostgres())
    // Those that are the same however busy others keep the server.
    const steady = ['reach', 'version', 'schema', 'rights', 'durability']
    const texts = (checks: readonly Check[]) =>
      checks.filter(({ name }) => steady.includes(name)).map(({ text }) => text.replace(/[\d.]+/g, 'N'))
    url.password = 'q'
    const whole = texts(await engineOf({ url: url.href, schema }).diagnose())
    for (const password of ['postgres', 'ro', 'e', url.hostname]) {
      url.password = password
      expect(texts(await engineOf({ url: url.href, schema }).diagnose())).toEqual(whole)
    }
  })

  it('does not throw at what is no Postgres', async () => {
    const server = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
    const { port } = server.address() as { port: number }
    const [reach] = await engineOf({ url: `postgres://u:${SECRET}@127.0.0.1:${port}/x` }).diagnose()
    expect(reach).toMatchObject({ name: 'reach', status: 'failed' })
  })

  it('notices settings under which commits are lost, and roles that may only read', async () => {
    const schema = newSchema()
    await openEngine({ url: testPostgres(), schema })
    const options = (text: string) => `${testPostgres()}${testPostgres().includes('?') ? '&' : '?'}options=${encodeURIComponent(text)}`
    const off = await look(engineOf({ url: options('-c synchronous_commit=off'), schema }))
    expect(off.get('durability')).toMatchObject({ status: 'warn', text: expect.stringContaining('synchronous_commit off') })
    const readOnly = await look(engineOf({ url: options('-c default_transaction_read_only=on'), schema }))
    expect(readOnly.get('primary')).toMatchObject({ status: 'failed' })
  })

  it('says that LISTEN is off where it is', async () => {
    const found = await look(await openEngine({ url: testPostgres(), schema: newSchema(), listen: false }))
    expect(found.get('listen')).toMatchObject({ status: 'ok', text: expect.stringContaining('switched off') })
  })

  it('notices messages that do not come through', async () => {
    const elsewhere = new URL(testPostgres())
    elsewhere.pathname = '/template1'
    const engine = await openEngine({ url: testPostgres(), schema: newSchema(), listen: elsewhere.href })
    expect((await look(engine)).get('listen')).toMatchObject({ status: 'warn', fix: expect.stringContaining('direct URL') })
  })

  it('counts connections, sees how old the oldest transaction is, and that the server is down', async () => {
    const server = await ownPostgres({ settings: { max_connections: '8' } })
    onTestFinished(() => server.close())
    const engine = engineOf({ url: server.url, maxConnections: 1 })
    const idle = await connect(server.url)
    await idle.query('begin')
    await idle.query('select 1')
    expect((await look(engine)).get('connections')).toMatchObject({ status: 'ok', text: expect.stringMatching(/^\d of 8 /) })
    for (let count = 0; count < 5; count++) await connect(server.url)
    const found = await look(engine)
    expect(found.get('transactions')).toMatchObject({ status: 'ok', text: expect.stringMatching(/\d+ s old and idle/) })
    expect(found.get('connections')).toMatchObject({ status: 'warn', text: expect.stringMatching(/^\d of 8 /) })
    expect(found.get('durability')).toMatchObject({ status: 'warn', text: expect.stringContaining('fsync') })
    await server.stop('immediate')
    expect((await engine.diagnose())[0]).toMatchObject({ name: 'reach', status: 'failed' })
  })

  it('thinks of the round trip before it blames a clock', () => {
    expect(ofClock(5100, 200).status).toBe('ok')
    expect(ofClock(-5300, 200)).toMatchObject({ status: 'warn', text: expect.stringContaining('behind') })
    expect(ofClock(3, 1)).toMatchObject({ status: 'ok', text: expect.stringContaining('3 ms ahead') })
    expect([0, 900, 2048, 75 * 2 ** 30].map(sizeOf)).toEqual(['0 bytes', '900 bytes', '2.0 KiB', '75 GiB'])
  })
})
