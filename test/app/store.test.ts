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
