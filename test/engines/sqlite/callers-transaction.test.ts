/** Jobs within the caller's own transaction, and engines on the caller's own handle. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { DatabaseSync } from '../../support/sqlite.js'
import { errorOf, newFile, newJob, openEngine } from './files.js'

function openHandle(path: string): InstanceType<typeof DatabaseSync> {
  const handle = new DatabaseSync(path)
  onTestFinished(() => handle.close())
  return handle
}

describe('tx', () => {
  it('stores jobs iff the transaction commits, beside what the caller writes', async () => {
    const path = newFile()
    const engine = await openEngine({ path })
    const own = openHandle(path)
    own.exec('create table invoices(id text)')
    for (const how of ['rollback', 'commit']) {
      own.exec("begin; insert into invoices values ('1')")
      await engine.insertJobs({ jobs: [newJob(), newJob({ delayMs: 1000 })], tx: own })
      own.exec(how)
    }
    const [queue] = await engine.listQueues()
    expect(queue?.counts).toMatchObject({ queued: 1, scheduled: 1 })
    expect((own.prepare('select count(*) as n from invoices').get() as { n: number }).n).toBe(1)
  })

  it('takes back only its own part when it fails', async () => {
    const path = newFile()
    const engine = await openEngine({ path })
    const own = openHandle(path)
    own.exec('create table invoices(id text)')
    own.exec("begin; insert into invoices values ('1')")
    const broken = { ...newJob(), queue: null } as never
    expect(await errorOf(engine.insertJobs({ jobs: [newJob(), broken], tx: own }))).toMatchObject({ name: 'WorksongError' })
    own.exec('commit')
    expect((await engine.listJobs({ filter: {}, limit: 10 })).jobs).toEqual([])
    expect((own.prepare('select count(*) as n from invoices').get() as { n: number }).n).toBe(1)
  })

  it('refuses what is no handle, has no transaction, or is open on another file', async () => {
    const engine = await openEngine({ path: newFile() })
    const idle = openHandle(newFile())
    const elsewhere = openHandle(newFile())
    elsewhere.exec('begin')
    for (const tx of [{}, 'tx', null, idle, elsewhere]) {
      const error = await errorOf(engine.insertJobs({ jobs: [newJob()], tx }))
      expect(error).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'tx' })
    }
  })
})

describe('handle', () => {
  it('runs on the handle, and leaves it open', async () => {
    const handle = openHandle(newFile())
    const engine = await openEngine({ handle })
    expect(await engine.beatSource()).toBeNull()
    await engine.insertJobs({ jobs: [newJob()] })
    await engine.close()
    expect(handle.prepare('select count(*) as n from worksong_jobs').get()).toMatchObject({ n: 1 })
    expect(handle.prepare('pragma synchronous').get()).toMatchObject({ synchronous: 2 })
  })

  it('says so when the handle has a transaction of its owner open, and spoils it not', async () => {
    const handle = openHandle(newFile())
    const engine = await openEngine({ handle })
    handle.exec('create table invoices(id text); begin; insert into invoices values (1)')
    expect(await errorOf(engine.insertJobs({ jobs: [newJob()] }))).toMatchObject({ code: 'WS_STORE_BUSY', retryable: true })
    expect(await engine.insertJobs({ jobs: [newJob()], tx: handle })).toEqual(['inserted'])
    handle.exec('commit')
    expect(handle.prepare('select count(*) as n from invoices').get()).toMatchObject({ n: 1 })
    expect((await engine.listQueues())[0]?.counts.queued).toBe(1)
  })
})
