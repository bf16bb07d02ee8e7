/** What the engine's look at its store finds, on real files in every state that an operator meets. */
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Check, Engine } from '#dist/engine/index.js'
import { type SqliteOptions, sqlite } from '#dist/engines/sqlite/index.js'
import { DatabaseSync } from '../../support/sqlite.js'
import { newFile, openEngine } from './files.js'

function engineOf(options: SqliteOptions): Engine {
  const engine = sqlite(options)
  onTestFinished(() => engine.close())
  return engine
}

async function look(engine: Engine): Promise<Map<string, Check>> {
  return new Map((await engine.diagnose()).map((check) => [check.name, check]))
}

describe('diagnose on SQLite', () => {
  it('says of a store in order how it is, open or not', async () => {
    const path = newFile()
    await (await openEngine({ path })).close()
    for (const engine of [engineOf({ path }), await openEngine({ path })]) {
      const found = await look(engine)
      expect([...found].filter(([name, { status }]) => status !== 'ok' && name !== 'disk')).toEqual([])
      expect(found.get('disk')?.text).toMatch(/free; the file holds .* its log/)
      expect(found.get('version')?.text).toMatch(/^SQLite 3\.\d+/)
    }
  })

  it('makes no file and no folder where there is none', async () => {
    const path = newFile()
    const [reach, ...others] = await engineOf({ path }).diagnose()
    expect(reach).toMatchObject({ name: 'reach', status: 'failed', fix: expect.stringContaining('worksong migrate') })
    expect(others.every(({ status }) => status === 'unknown')).toBe(true)
    expect(existsSync(path)).toBe(false)
    const nowhere = join(dirname(path), 'nowhere', 'jobs.db')
    expect((await engineOf({ path: nowhere }).diagnose())[0]).toMatchObject({ status: 'failed', fix: expect.stringContaining('mkdir') })
  })

  it('does not switch what it looks at', async () => {
    const path = newFile()
    const raw = new DatabaseSync(path)
    raw.exec('create table mine(x)')
    raw.close()
    const before = statSync(path).mtimeMs
    const found = await look(engineOf({ path }))
    expect(found.get('journal')).toMatchObject({ status: 'warn', text: expect.stringContaining('delete') })
    expect(found.get('schema')).toMatchObject({ status: 'failed', fix: expect.stringContaining('worksong migrate') })
    expect([statSync(path).mtimeMs, existsSync(`${path}-wal`)]).toEqual([before, false])
  })

  it('says what is wrong with a file that is no database', async () => {
    const path = newFile()
    writeFileSync(path, 'just some text, much longer than the header of a database file is, so that it is looked at'.repeat(20))
    expect((await engineOf({ path }).diagnose())[0]).toMatchObject({
      status: 'failed',
      text: expect.stringContaining('not a SQLite database'),
    })
    const folder = `${path}-folder`
    mkdirSync(folder)
    expect((await engineOf({ path: folder }).diagnose())[0]).toMatchObject({ status: 'failed' })
  })

  it.skipIf(process.getuid?.() === 0)('says which right is missing', async () => {
    const path = newFile()
    await (await openEngine({ path })).close()
    chmodSync(path, 0o444)
    expect((await look(engineOf({ path }))).get('rights')).toMatchObject({ status: 'failed', text: expect.stringContaining(path) })
  })

  it('tells a schema that is too new from one that is only newer', async () => {
    const path = newFile()
    const engine = await openEngine({ path })
    const raw = new DatabaseSync(path)
    onTestFinished(() => raw.close())
    const set = (key: string, value: number) => raw.exec(`update worksong_meta set value = ${value} where key = '${key}'`)
    set('version', 99)
    expect((await look(engine)).get('schema')).toMatchObject({ status: 'ok', text: expect.stringContaining('newer') })
    set('oldest_reader', 99)
    expect((await look(engine)).get('schema')).toMatchObject({ status: 'failed', fix: expect.stringContaining('newer version') })
    set('oldest_reader', 1)
    set('version', 0)
    expect((await look(engine)).get('schema')).toMatchObject({ status: 'failed', fix: expect.stringContaining('worksong migrate') })
  })

  it('misses a table that is not there any more', async () => {
    const path = newFile()
    const engine = await openEngine({ path })
    const raw = new DatabaseSync(path)
    onTestFinished(() => raw.close())
    raw.exec('alter table worksong_logs rename to old_logs')
    const text = expect.stringMatching(/lacks the table worksong_logs$/)
    expect((await look(engine)).get('schema')).toMatchObject({ status: 'failed', text, fix: expect.stringContaining('backup') })
    raw.exec('drop table worksong_queues')
    expect((await look(engine)).get('schema')?.text).toMatch(/lacks the tables worksong_logs, worksong_queues$/)
  })

  it('does not mind another who writes, and waits for nobody', async () => {
    const path = newFile()
    const engine = await openEngine({ path })
    const other = new DatabaseSync(path)
    onTestFinished(() => other.close())
    other.exec('begin immediate')
    const found = await look(engine)
    expect(found.get('rights')).toMatchObject({ status: 'ok', text: expect.stringContaining('another is writing') })
    other.exec('rollback')
  })

  it('looks at the transaction of its handle without touching it', async () => {
    const handle = new DatabaseSync(newFile())
    onTestFinished(() => handle.close())
    const engine = await openEngine({ handle })
    handle.exec('begin')
    handle.exec('create table mine(x)')
    expect((await look(engine)).get('rights')?.status).toBe('ok')
    handle.exec('commit')
    expect(handle.prepare("select count(*) n from sqlite_master where name = 'mine'").get()).toEqual({ n: 1 })
  })

  it('blames a clock that is far from that of the machine', async () => {
    const found = await look(await openEngine({ path: newFile(), clock: () => Date.now() + 60_000 }))
    expect(found.get('clock')).toMatchObject({ status: 'warn', text: expect.stringContaining('ahead') })
  })
})
