/** Two SQLite libraries on one file in one process: refused where Worksong is told, noticed where it can look, and the ways that are safe. */
import { rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { sqlite } from '#dist/engines/sqlite/index.js'
import { LibraryGuard, sameLibrary } from '#dist/engines/sqlite/libraries.js'
import { DatabaseSync } from '../../support/sqlite.js'
import { errorOf, newFile, newJob, openEngine } from './files.js'
import { openWith, otherLibrary } from './other-library.js'

const TWO = { code: 'WS_SQLITE_TWO_LIBRARIES', retryable: false }

async function jobsOf(engine: Awaited<ReturnType<typeof openEngine>>): Promise<number> {
  return (await engine.listJobs({ filter: {}, limit: 100 })).jobs.length
}

describe('tx of another library', () => {
  it('is refused, and says what to do', async () => {
    const path = newFile()
    const engine = await openEngine({ path })
    // Not on the store's file: what is refused must not have to be there to be refused.
    const tx = openWith(otherLibrary(), ':memory:')
    tx.exec('begin')
    const error = await errorOf(engine.insertJobs({ jobs: [newJob()], tx }))
    expect(error).toMatchObject({ ...TWO, field: 'tx', fix: expect.stringContaining('sqlite({ path, driver: Database })') })
    expect(await jobsOf(engine)).toBe(0)
  })

  it('is refused for a store that runs on a handle, too', async () => {
    const handle = openWith(DatabaseSync, newFile())
    const engine = await openEngine({ handle })
    const tx = openWith(otherLibrary(), ':memory:')
    tx.exec('begin')
    expect(await errorOf(engine.insertJobs({ jobs: [newJob()], tx }))).toMatchObject({ ...TWO, field: 'tx' })
  })

  it('is told by the class below all: subclasses are of the same library', () => {
    class Mine extends DatabaseSync {}
    const [own, mine, other] = [openWith(DatabaseSync, ':memory:'), openWith(Mine, ':memory:'), openWith(otherLibrary(), ':memory:')]
    expect(sameLibrary(mine, own)).toBe(true)
    expect(sameLibrary(own, mine)).toBe(true)
    expect(sameLibrary(other, own)).toBe(false)
    expect(sameLibrary({}, {})).toBe(false)
  })
})

describe('driver', () => {
  it("opens the file with the caller's library, whose handles are tx then, and others are not", async () => {
    const path = newFile()
    const Database = otherLibrary()
    const engine = await openEngine({ path, driver: Database })
    const own = openWith(Database, path)
    own.exec('create table orders(id text)')
    for (const how of ['rollback', 'commit']) {
      own.exec("begin immediate; insert into orders values ('1')")
      await engine.insertJobs({ jobs: [newJob()], tx: own })
      own.exec(how)
    }
    own.close()
    expect(await jobsOf(engine)).toBe(1)
    const ours = openWith(DatabaseSync, ':memory:')
    ours.exec('begin')
    expect(await errorOf(engine.insertJobs({ jobs: [newJob()], tx: ours }))).toMatchObject({ ...TWO, field: 'tx' })
    expect(await engine.insertJobs({ jobs: [newJob()] })).toEqual(['inserted'])
  })

  it('waits for a lock of the same library in the same process', async () => {
    const path = newFile()
    const Database = otherLibrary()
    const engine = await openEngine({ path, driver: Database, busyTimeout: 50 })
    const own = openWith(Database, path)
    own.exec('begin immediate')
    expect(await errorOf(engine.insertJobs({ jobs: [newJob()] }))).toMatchObject({ code: 'WS_STORE_BUSY' })
    own.exec('commit')
    expect(await engine.insertJobs({ jobs: [newJob()] })).toEqual(['inserted'])
  })

  it('leaves no heartbeat thread to another library', async () => {
    expect(await (await openEngine({ path: newFile(), driver: otherLibrary() })).beatSource()).toBeNull()
    expect(await (await openEngine({ path: newFile(), driver: DatabaseSync })).beatSource()).toMatchObject({ module: expect.any(String) })
  })

  it('must be new enough, and a library', async () => {
    class Old {
      prepare() {
        return { get: () => ['3.45.1'] }
      }
      exec() {}
      close() {}
    }
    expect(await errorOf(sqlite({ path: newFile(), driver: Old }).open())).toMatchObject({ code: 'WS_SQLITE_TOO_OLD' })
    expect(await errorOf(sqlite({ path: newFile(), driver: Set as never }).open())).toMatchObject({ field: 'driver' })
    for (const options of [{ path: 'a.db', driver: 'better-sqlite3' }, { path: 'a.db', driver: () => {} }, { driver: DatabaseSync }]) {
      expect(() => sqlite(options as never)).toThrow(expect.objectContaining({ code: 'WS_INVALID_OPTION' }))
    }
    const handle = openWith(DatabaseSync, ':memory:')
    expect(() => sqlite({ handle, driver: DatabaseSync })).toThrow(expect.objectContaining({ field: 'driver' }))
  })
})

describe.runIf(process.platform === 'linux')('another library that opens the file all the same', () => {
  it('is noticed at open, from which nothing is closed', async () => {
    const path = newFile()
    await (await openEngine({ path })).close()
    const other = openWith(otherLibrary(), path)
    other.exec('create table orders(id text)')
    const engine = sqlite({ path })
    expect(await errorOf(engine.open())).toMatchObject({ ...TWO, message: expect.stringContaining('another SQLite library') })
    await engine.close()
    other.exec("insert into orders values ('1')")
    expect(await errorOf(sqlite({ path }).open())).toMatchObject(TWO)
    other.close()
    // By the other library alone: nothing of what it committed is lost.
    expect(openWith(otherLibrary(), path).prepare('select count(*) as n from orders').get()).toMatchObject({ n: 1 })
  })

  it('is noticed by the first write after it has closed the file: nothing is acknowledged that is lost', async () => {
    const path = newFile()
    const engine = await openEngine({ path })
    await engine.insertJobs({ jobs: [newJob()] })
    const Database = otherLibrary()
    const other = openWith(Database, path)
    // Not prepare(): a statement that is still there keeps the file open.
    other.exec('select count(*) from worksong_jobs')
    other.close()
    const error = await errorOf(engine.insertJobs({ jobs: [newJob()] }))
    expect(error).toMatchObject({ ...TWO, fix: expect.stringContaining('start the process again') })
    expect(await errorOf(engine.listQueues())).toMatchObject(TWO)
    await engine.close()
    expect(openWith(Database, path).prepare('select count(*) as n from worksong_jobs').get()).toMatchObject({ n: 1 })
  })

  it('is not seen in what one library does', async () => {
    const path = newFile()
    const engine = await openEngine({ path })
    for (let round = 0; round < 3; round++) {
      const second = await openEngine({ path })
      const handle = openWith(DatabaseSync, path)
      handle.prepare('select * from worksong_jobs').all()
      await second.insertJobs({ jobs: Array.from({ length: 500 }, () => newJob({ payload: JSON.stringify('x'.repeat(2000)) })) })
      expect(() => new LibraryGuard(path).check()).not.toThrow()
      if (round > 0) handle.close()
      await second.close()
      expect(await engine.insertJobs({ jobs: [newJob()] })).toEqual(['inserted'])
    }
  })

  it('is not seen in a file that was replaced while somebody still had the old one', async () => {
    const path = newFile()
    const old = openWith(DatabaseSync, path)
    old.exec('pragma journal_mode = wal; create table t(x)')
    for (const end of ['', '-wal', '-shm']) rmSync(path + end)
    const engine = await openEngine({ path })
    old.close()
    expect(await engine.insertJobs({ jobs: [newJob()] })).toEqual(['inserted'])
  })
})

describe('the mappings of a process', () => {
  const file = '/nowhere/worksong/a b.db'
  const line = (path: string, offset = '00000000') => `7f2864741000-7f2864749000 rw-s ${offset} fe:00 2662514    ${path}`
  const guard = (...lines: string[]) => new LibraryGuard(file, () => lines.join('\n'))

  it('are of one library, whatever else there is', () => {
    guard(line(`${file}-shm`), line(`${file}-shm`, '00008000'), line(`${file}-shm2`), line(`/x${file}-shm`), line('/lib/a.so'), '')
    guard()
  })

  it('are of a log that was removed', () => {
    expect(() => guard(line(`${file}-shm (deleted)`))).toThrow(expect.objectContaining(TWO))
  })
})
