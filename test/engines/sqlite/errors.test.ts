/** What SQLite throws, as typed errors: from real files where they can be made, else from its result codes. */
import { closeSync, mkdirSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { toWorksongError } from '#dist/engines/sqlite/errors.js'
import { sqlite } from '#dist/engines/sqlite/index.js'
import { DatabaseSync } from '../../support/sqlite.js'
import { errorOf, newFile, newFolder, newJob, openEngine } from './files.js'

async function openError(path: string): Promise<unknown> {
  const engine = sqlite({ path })
  onTestFinished(() => engine.close())
  return errorOf(engine.open())
}

describe('opening', () => {
  it('says that the folder is missing', async () => {
    const path = join(newFolder(), 'nowhere', 'jobs.db')
    expect(await openError(path)).toMatchObject({ code: 'WS_STORE_UNREACHABLE', message: expect.stringContaining('mkdir') })
  })

  it('says that the path is a folder', async () => {
    const path = join(newFolder(), 'jobs.db')
    mkdirSync(path)
    expect(await openError(path)).toMatchObject({ code: 'WS_STORE_UNREACHABLE' })
  })

  it('says that the file is not a database', async () => {
    const path = newFile()
    writeFileSync(path, 'no database, but long enough to be looked at '.repeat(100))
    expect(await openError(path)).toMatchObject({ code: 'WS_STORE_BROKEN' })
  })

  it('can be tried again once the cause is gone', async () => {
    const folder = join(newFolder(), 'later')
    const engine = sqlite({ path: join(folder, 'jobs.db') })
    onTestFinished(() => engine.close())
    expect(await errorOf(engine.open())).toBeDefined()
    mkdirSync(folder)
    await engine.open()
    await engine.migrate()
  })
})

describe('working', () => {
  it('says that the tables are missing', async () => {
    const engine = sqlite({ path: newFile() })
    onTestFinished(() => engine.close())
    expect(await errorOf(engine.listQueues())).toMatchObject({ code: 'WS_CLOSED' })
    await engine.open()
    expect(await errorOf(engine.insertJobs({ jobs: [newJob()] }))).toMatchObject({ code: 'WS_SCHEMA_MISSING' })
  })

  it('says that the file cannot be written, and still reads', async () => {
    const path = newFile()
    await (await openEngine({ path })).insertJobs({ jobs: [newJob()] })
    const handle = new DatabaseSync(path, { readOnly: true })
    onTestFinished(() => handle.close())
    const engine = sqlite({ handle })
    onTestFinished(() => engine.close())
    await engine.open()
    expect(await errorOf(engine.insertJobs({ jobs: [newJob()] }))).toMatchObject({ code: 'WS_STORE_READ_ONLY', retryable: false })
    expect((await engine.listQueues())[0]?.counts.queued).toBe(1)
  })

  it('says that the disk is full, and writes nothing of the call', async () => {
    const handle = new DatabaseSync(newFile())
    onTestFinished(() => handle.close())
    const engine = await openEngine({ handle })
    handle.exec('pragma max_page_count = 60')
    const jobs = Array.from({ length: 200 }, () => newJob({ payload: JSON.stringify('x'.repeat(4000)) }))
    expect(await errorOf(engine.insertJobs({ jobs }))).toMatchObject({ code: 'WS_STORE_DISK_FULL', retryable: true })
    expect((await engine.listJobs({ filter: {}, limit: 10 })).jobs).toEqual([])
    expect(await engine.insertJobs({ jobs: [newJob()] })).toEqual(['inserted'])
  })

  it('says that the file is damaged, whichever way it is read', async () => {
    const path = newFile()
    const engine = await openEngine({ path })
    await engine.insertJobs({ jobs: Array.from({ length: 2000 }, () => newJob()) })
    await engine.close()
    damage(path)
    const again = sqlite({ path })
    onTestFinished(() => again.close())
    await again.open()
    expect(await errorOf(again.listJobs({ filter: {}, limit: 1000 }))).toMatchObject({ code: 'WS_STORE_BROKEN', fix: expect.anything() })
    const content = (await again.diagnose()).find(({ name }) => name === 'content')
    expect(content).toMatchObject({ status: 'failed', text: expect.stringContaining('damaged'), fix: expect.stringContaining('.recover') })
  })
})

/** The second half is overwritten: the first pages, which say what tables there are, stay. */
function damage(path: string): void {
  const half = Math.floor(statSync(path).size / 2)
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(half, 0x41), 0, undefined, half)
  closeSync(file)
}

describe('result codes', () => {
  it.each([
    [{ errcode: 5 }, 'WS_STORE_BUSY', true],
    [{ errcode: 517 }, 'WS_STORE_BUSY', true],
    [{ code: 'SQLITE_BUSY_SNAPSHOT' }, 'WS_STORE_BUSY', true],
    [{ code: 'SQLITE_READONLY_DBMOVED' }, 'WS_STORE_READ_ONLY', false],
    [{ errcode: 13 }, 'WS_STORE_DISK_FULL', true],
    [{ errcode: 1034 }, 'WS_STORE_FAILED', true],
    [{ errcode: 11 }, 'WS_STORE_BROKEN', false],
    [{ code: 'SQLITE_NOTADB' }, 'WS_STORE_BROKEN', false],
    [{ errcode: 23 }, 'WS_STORE_RIGHTS', false],
    [{ errcode: 1 }, 'WS_STORE_FAILED', false],
    // As @photostructure/sqlite throws them out of all().
    [{ code: 'ERR_SQLITE_ERROR', message: 'database is locked' }, 'WS_STORE_BUSY', true],
    [{ code: 'ERR_SQLITE_ERROR', message: 'database or disk is full' }, 'WS_STORE_DISK_FULL', true],
    [{ code: 'ERR_SQLITE_ERROR', message: 'disk I/O error' }, 'WS_STORE_FAILED', true],
    [{ code: 'ERR_SQLITE_ERROR', message: 'attempt to write a readonly database' }, 'WS_STORE_READ_ONLY', false],
    [{ code: 'ERR_SQLITE_ERROR', message: 'no such table: worksong_jobs' }, 'WS_SCHEMA_MISSING', false],
  ])('%j is %s', (thrown, code, retryable) => {
    expect(toWorksongError(Object.assign(new Error('said'), thrown), 'jobs.db')).toMatchObject({ code, retryable })
  })

  it('says that nobody knows the outcome when the disk failed in the commit', () => {
    const error = Object.assign(new Error('disk I/O error'), { errcode: 10 })
    expect(toWorksongError(error, 'jobs.db', true).unknownOutcome).toBe(true)
    expect(toWorksongError(error, 'jobs.db', false).unknownOutcome).toBe(false)
  })
})
