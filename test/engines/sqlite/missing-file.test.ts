/** A file that is not there: made by those who may, and by nobody else. */
import { readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openBeat, type SqliteOptions, sqlite } from '#dist/engines/sqlite/index.js'
import { errorOf, newFile, newFolder, newJob, openEngine } from './files.js'

function engineOf(options: SqliteOptions): ReturnType<typeof sqlite> {
  const engine = sqlite(options)
  onTestFinished(() => engine.close())
  return engine
}

const filesBeside = (path: string) => readdirSync(dirname(path))

it('is refused by its absolute path, and not made', async () => {
  const path = newFile()
  const engine = engineOf({ path: relative('.', path) })
  const error = await errorOf(engine.open({ ifMissing: 'refuse' }))
  expect(error).toMatchObject({ code: 'WS_STORE_NO_DATABASE', message: expect.stringContaining(`There is no file ${path}`) })
  expect((error as { fix: string }).fix).toMatch(/--store.*worksong migrate/)
  expect(filesBeside(path)).toEqual([])
  expect(await errorOf(engineOf({ path: join(newFolder(), 'no', 'jobs.db') }).open({ ifMissing: 'refuse' }))).toMatchObject({
    code: 'WS_STORE_NO_DATABASE',
  })
  await openEngine({ path })
  await engine.open({ ifMissing: 'refuse' })
  expect(await engine.insertJobs({ jobs: [newJob()] })).toEqual(['inserted'])
})

it('is made by migrate alone when that is to be decided later', async () => {
  const path = newFile()
  const engine = engineOf({ path })
  await engine.open({ ifMissing: 'defer' })
  const { current, wanted, pending } = await engine.schemaStatus()
  expect({ current, pending: pending.length }).toEqual({ current: 0, pending: wanted })
  expect(await errorOf(engine.listQueues())).toMatchObject({ code: 'WS_STORE_NO_DATABASE' })
  expect(filesBeside(path)).toEqual([])
  expect(await engine.migrate()).toEqual(pending)
  expect((await engine.schemaStatus()).pending).toEqual([])
  expect(await engine.insertJobs({ jobs: [newJob()] })).toEqual(['inserted'])
})

it('stays unmade when the engine is closed before', async () => {
  const path = newFile()
  const engine = engineOf({ path })
  await engine.open({ ifMissing: 'defer' })
  await engine.close()
  expect(await errorOf(engine.migrate())).toMatchObject({ code: 'WS_CLOSED' })
  expect(await errorOf(engine.schemaStatus())).toMatchObject({ code: 'WS_CLOSED' })
  expect(filesBeside(path)).toEqual([])
})

it('is not missing when it is empty, or in memory', async () => {
  const path = newFile()
  writeFileSync(path, '')
  for (const ifMissing of ['refuse', 'defer'] as const) {
    for (const place of [path, ':memory:']) {
      const engine = engineOf({ path: place })
      await engine.open({ ifMissing })
      expect((await engine.schemaStatus()).current).toBe(0)
    }
  }
})

it('is not made by a heartbeat', async () => {
  const path = newFile()
  expect(await errorOf(openBeat({ path }))).toMatchObject({ code: 'WS_STORE_NO_DATABASE' })
  expect(filesBeside(path)).toEqual([])
})
