/** Postgres as operators give it: through PgBouncer in transaction mode, and as a role that may change no schema. */
import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Worksong } from 'worksong'
import { testPostgres } from '../support/postgres.js'
import { check } from './check.js'
import { pgbouncerVersion, startPgbouncer } from './pgbouncer.js'
import { openEngine, type Place, type Stage, stage, withPg } from './stage.js'

const version = pgbouncerVersion()

/** A producer and a worker at `place`, and a cancel from a third process. */
async function workThrough(on: Stage, place: Place): Promise<void> {
  const worker = await on.worker({ place, concurrency: 5 })
  const producer = await on.producer({ store: place, count: 500 })
  expect(await producer.exit()).toEqual({ code: 0, signal: null })
  const app = on.newApp({ store: openEngine(place) })
  const running = await on.enqueueOne('wait-and-throw')
  await on.until('it runs', () => on.evidence('start', running).length === 1)
  expect(await app.jobs.cancel(running)).toBe('requested')
  await on.drained()
  const jobs = await check(on)
  expect(jobs.size).toBe(501)
  worker.signal('SIGTERM')
  expect(await worker.exit()).toEqual({ code: 0, signal: null })
  expect(on.evidence('refused')).toEqual([])
  expect(on.logs().filter(({ level }) => level === 'warn' || level === 'error')).toEqual([])
  expect(on.stderr()).toBe('')
}

describe.skipIf(version === undefined)(`PgBouncer ${version ?? '(not installed: apt-get install pgbouncer)'}`, () => {
  it('migrates, enqueues and works without LISTEN', async () => {
    const url = await startPgbouncer(testPostgres())
    const on = await stage('postgres', { url, listen: false })
    await workThrough(on, on.place)
  })

  it('listens on a direct connection beside it', async () => {
    const url = await startPgbouncer(testPostgres())
    const on = await stage('postgres', { url, listen: testPostgres() })
    await workThrough(on, on.place)
  })
})

describe('a role without the right to change the schema', () => {
  const page = readFileSync(new URL('../../docs/operate/postgres.md', import.meta.url), 'utf8')
  const grants = /```sql\n(grant usage on schema[\s\S]*?)```/.exec(page)?.[1] as string

  async function asRole(on: Stage, role: string): Promise<Place> {
    const { schema, url } = on.place as { schema: string; url: string }
    await withPg(url, async (client) => {
      await client.query(`create role ${role} login password 'sesame'`)
      await client.query(grants.replaceAll('app_role', role).replaceAll('worksong', schema))
    })
    onTestFinished(() => withPg(url, async (client) => void (await client.query(`drop owned by ${role}; drop role ${role}`))))
    const theirs = new URL(url)
    theirs.username = role
    theirs.password = 'sesame'
    return { ...on.place, url: theirs.href } as Place
  }

  it('works once another has migrated, with the rights that the docs grant', async () => {
    const on = await stage('postgres')
    await workThrough(on, await asRole(on, `r_${(on.place as { schema: string }).schema}`))
  })

  it('is told what is missing before that', async () => {
    const on = await stage('postgres')
    const place = await asRole(on, `r_${(on.place as { schema: string }).schema}`)
    const app = new Worksong({ store: openEngine({ ...place, schema: 'not_there_yet' } as Place), logger: false })
    await expect(app.start()).rejects.toMatchObject({ code: 'WS_STORE_RIGHTS' })
    await app.close()
  })
})
