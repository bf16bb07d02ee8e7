/** A store whose schema and this code do not fit: refused with the command that mends it. */
import { writeFileSync } from 'node:fs'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import type { Engine } from '#dist/engine/index.js'
import { postgres } from '#dist/engines/postgres/index.js'
import { sqlite } from '#dist/engines/sqlite/index.js'
import { migrate } from '#dist/operations/index.js'
import { newFile } from '../engines/sqlite/files.js'
import { testPostgres } from '../support/postgres.js'
import { DatabaseSync } from '../support/sqlite.js'
import { errorOf } from '../support/stores.js'
import { withOwn } from '../support/with-own.js'
import { appOf } from './parts.js'

interface Editable {
  engine(): Engine
  /** Make the store say that it is of this version. */
  stamp(version: number, oldestReader: number): Promise<void>
}

const PLACES: readonly [string, () => Editable][] = [
  [
    'sqlite',
    () => {
      const path = newFile()
      // A file that is missing altogether is another case.
      writeFileSync(path, '')
      const stamp = async (version: number, oldestReader: number) => {
        const db = new DatabaseSync(path)
        db.exec(`update worksong_meta set value = ${version} where key = 'version'`)
        db.exec(`update worksong_meta set value = ${oldestReader} where key = 'oldest_reader'`)
        db.close()
      }
      return { engine: () => sqlite({ path }), stamp }
    },
  ],
  [
    'postgres',
    () => {
      const schema = `a_${Math.random().toString(36).slice(2, 12)}`
      const run = async (sql: string) => {
        const client = new pg.Client({ connectionString: testPostgres() })
        await client.connect()
        await client.query(sql)
        await client.end()
      }
      onTestFinished(() => run(`drop schema if exists ${schema} cascade`))
      const stamp = (version: number, oldestReader: number) =>
        run(`update ${schema}.meta set version = ${version}, oldest_reader = ${oldestReader}`)
      return { engine: () => postgres({ url: testPostgres(), schema }), stamp }
    },
  ],
]

const job = defineJob({ name: 'n' })

describe.each(PLACES)('%s', (_name, make) => {
  it('a store without a schema is given one at start, unless told otherwise', async () => {
    const place = make()
    const careful = appOf({ store: place.engine(), migrate: false })
    for (const call of [careful.start(), careful.enqueue(job), careful.queues.list(), careful.worker().start()]) {
      expect(await errorOf(call)).toMatchObject({ code: 'WS_SCHEMA_MISSING', fix: expect.stringContaining('worksong migrate') })
    }
    await appOf({ store: place.engine() }).start()
    const after = appOf({ store: place.engine(), migrate: false })
    expect((await after.enqueue(job)).status).toBe('enqueued')
  })

  it('a schema that is too new is refused, whatever migrate says', async () => {
    const place = make()
    await appOf({ store: place.engine() }).start()
    await place.stamp(99, 98)
    for (const migrate of [true, false]) {
      const error = await errorOf(appOf({ store: place.engine(), migrate }).start())
      expect(error).toMatchObject({ code: 'WS_SCHEMA_NEW', fix: expect.stringContaining('npm install worksong') })
      expect((error as Error).message).toMatch(/version 99 .* 98 or later/)
    }
  })

  it('a schema that is too new is nothing to migrate', async () => {
    const place = make()
    await appOf({ store: place.engine() }).start()
    await place.stamp(99, 98)
    for (const plan of [true, false]) {
      const error = await errorOf(appOf({ store: place.engine() }).mend(migrate, { plan }))
      expect(error).toMatchObject({ code: 'WS_SCHEMA_NEW', fix: expect.stringContaining('npm install worksong') })
    }
    await place.stamp(99, 1)
    expect(migrate.show(await appOf({ store: place.engine() }).mend(migrate, {}))).toBe('nothing to apply: the schema is at version 99')
  })

  it('a migration says from where to where, and which store', async () => {
    const place = make()
    const step = (store: string) => `version 0 -> 1 of ${store}, 1 migration (the life of a job)`
    const plan = await appOf({ store: place.engine() }).mend(migrate, { plan: true })
    expect(migrate.show(plan)).toBe(`to be applied: ${step(plan.store)}`)
    const done = await appOf({ store: place.engine() }).mend(migrate, {})
    expect(migrate.show(done)).toBe(`applied: ${step(place.engine().place)}`)
    expect(done).toMatchObject({ applied: ['the life of a job'], before: { current: 0, wanted: 1 } })
  })

  it('a newer schema that this code can still read is worked with', async () => {
    const place = make()
    await appOf({ store: place.engine() }).start()
    await place.stamp(99, 1)
    expect((await appOf({ store: place.engine(), migrate: false }).enqueue(job)).status).toBe('enqueued')
    expect((await appOf({ store: place.engine() }).enqueue(job)).status).toBe('enqueued')
  })
})

describe('sqlite, older than this code', () => {
  it('is refused where migrations are not wanted', async () => {
    const path = newFile()
    const app = appOf({ store: sqlite({ path }) })
    await app.start()
    await app.close()
    const engine = sqlite({ path })
    // No older version exists yet: a store that says it wants one more migration stands for it.
    const schemaStatus = async () => ({ ...(await engine.schemaStatus()), wanted: 2, pending: ['the next one'] })
    const behind = withOwn(engine, { schemaStatus })
    const error = await errorOf(appOf({ store: behind, migrate: false }).start())
    expect(error).toMatchObject({ code: 'WS_SCHEMA_OLD', fix: "Run 'worksong migrate'." })
    expect((error as Error).message).toContain('version 1, this code needs 2')
  })
})
