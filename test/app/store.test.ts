/** From a store's URL to a store. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { typed } from '#dist/core/index.js'
import { sqlite } from '#dist/engines/sqlite/index.js'
import { newFolder } from '../engines/sqlite/files.js'
import { testPostgres } from '../support/postgres.js'
import { errorOf, thrownBy } from '../support/stores.js'
import { appOf } from './parts.js'

const job = defineJob({ name: 'n', input: typed<number>() })

describe('a store URL', () => {
  it.each([
    ['relative to the root', (path: string) => `sqlite:${path}`],
    ['with slashes', (path: string) => `sqlite://${path}`],
  ])('of a SQLite file, %s', async (_what, url) => {
    const path = join(newFolder(), 'jobs.db')
    const app = appOf({ store: url(path) })
    await app.enqueue(job, 1)
    expect([existsSync(path), app.place]).toEqual([true, path])
  })

  it('of SQLite in memory is a store for each app', async () => {
    const [one, two] = [appOf({ store: 'sqlite::memory:' }), appOf({ store: 'sqlite::memory:' })]
    const { id } = await one.enqueue(job, 1)
    expect([(await one.jobs.get(id))?.input, await two.jobs.get(id)]).toEqual([1, null])
  })

  it('may be an engine that was made by hand', async () => {
    const app = appOf({ store: sqlite({ path: ':memory:' }) })
    expect((await app.enqueue(job, 1)).status).toBe('enqueued')
  })

  it('of Postgres is shown without its password', async () => {
    const url = new URL(testPostgres())
    url.password = 's3cr3t'
    const app = appOf({ store: url.href, migrate: false })
    const error = (await errorOf(app.enqueue(job, 1))) as Error | undefined
    expect(`${error?.message} ${app.place}`).not.toContain('s3cr3t')
  })

  it.each([
    ['postgres:hunter2@127.0.0.1/x', "lacks the // behind 'postgres:'"],
    ['postgres:/ann:hunter2@127.0.0.1/x', "lacks the // behind 'postgres:'"],
    ['postgres//ann:hunter2@127.0.0.1/x', 'is not a URL that Worksong knows.'],
    ['ann:hunter2@127.0.0.1/x', 'is not a URL that Worksong knows.'],
    ['hunter2', 'is not a URL that Worksong knows.'],
    ['host=127.0.0.1 user=ann password=hunter2', 'is not a URL that Worksong knows.'],
    ['mysql://ann:hunter2@127.0.0.1/x', "one of 'mysql:'"],
    ['hunter2://ann@127.0.0.1/x', 'is not a URL that Worksong knows.'],
    ['Postgres://ann:hunter2@127.0.0.1/x', 'has to be in lower case'],
    ['SQLITE:hunter2.db', 'has to be in lower case'],
    [' postgres://ann:hunter2@127.0.0.1/x', 'quotes or blanks'],
    ['"postgres://ann:hunter2@127.0.0.1/x"', 'quotes or blanks'],
    ['sqlite:postgres://ann:hunter2@127.0.0.1/x', 'the URL of another store'],
    ['sqlite:postgres:hunter2@127.0.0.1/x', 'the URL of another store'],
    ['sqlite://ann:hunter2@127.0.0.1/x', 'the URL of another store'],
    ['sqlite:C:/a/ann:hunter2@127.0.0.1/x', 'the URL of another store'],
    ['sqlite:host=127.0.0.1 user=ann password=hunter2', 'the URL of another store'],
    ['sqlite:jobs.db?key=hunter2', 'the URL of another store'],
  ])('that is none is refused, and not repeated: %s', (store, words) => {
    const error = thrownBy(() => appOf({ store }))
    expect(error).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'store', fix: expect.stringContaining("'sqlite:FILE'") })
    expect((error as Error).message).toContain(words)
    expect((error as Error).message).not.toMatch(/hunter2|ann[:@]|127\.0/)
  })

  it('of SQLite may have an @ or a drive in it', () => {
    for (const store of ['sqlite:me@home/jobs.db', 'sqlite:C:\\a@b\\jobs.db', 'sqlite:c:/a@b.db'])
      expect(() => appOf({ store })).not.toThrow()
  })

  it('of SQLite that was given to sqlite() is not taken for a path', () => {
    const error = thrownBy(() => sqlite({ path: 'postgres://ann:hunter2@127.0.0.1/x' }))
    expect(error).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'path' })
    expect((error as Error).message).not.toContain('hunter2')
  })

  it.each(['postgres://ann:hun@ter2/w?rd@127.0.0.1:5999/x', 'postgres://ann:12#hunter2@127.0.0.1/x', 'postgres://ann:hunter2'])(
    'of Postgres whose password is not encoded is refused before it is used, at once, and by doctor: %s',
    async (store) => {
      const app = appOf({ store, patience: '1h' })
      const fix = expect.stringContaining('Percent-encode')
      expect(await errorOf(app.enqueue(job, 1))).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'url', fix })
      const { checks } = await app.doctor()
      const reach = checks.find(({ name }) => name === 'reach')
      expect(reach).toMatchObject({ status: 'failed', fix, text: expect.not.stringContaining('Percent-encode') })
      expect(JSON.stringify(checks)).not.toMatch(/ter2|w\?rd|ann[:@]|127\.0/)
    },
  )

  it('that cannot be opened fails what needs it, and is tried again by the next', async () => {
    const folder = join(newFolder(), 'later')
    const app = appOf({ store: `sqlite:${join(folder, 'jobs.db')}` })
    expect(await errorOf(app.start())).toMatchObject({ code: 'WS_STORE_UNREACHABLE' })
    expect(await errorOf(app.enqueue(job, 1))).toMatchObject({ code: 'WS_STORE_UNREACHABLE', fix: expect.stringContaining('mkdir') })
    const { mkdirSync } = await import('node:fs')
    mkdirSync(folder)
    await app.start()
    expect((await app.enqueue(job, 1)).status).toBe('enqueued')
  })
})

describe('configure', () => {
  it('names another store before anything is opened, and not after', async () => {
    const app = appOf({ store: 'postgres://nobody@127.0.0.1:1/nowhere', jobs: [job] })
    app.configure({ store: 'sqlite::memory:' })
    await app.enqueue(job, 1)
    expect(app.place).toBe(':memory:')
    expect(thrownBy(() => app.configure({ migrate: false }))).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'store' })
  })

  it('refuses what it does not know', () => {
    const app = appOf({ store: 'sqlite::memory:' })
    expect(thrownBy(() => app.configure({ jobs: [] } as object))).toMatchObject({ field: 'jobs' })
    expect(thrownBy(() => app.configure({ store: 'nonsense' }))).toMatchObject({ field: 'store' })
  })
})
