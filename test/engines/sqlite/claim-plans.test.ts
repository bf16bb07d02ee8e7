/** A deep queue costs a claim nothing: every statement of a claim and of a finish looks its rows up; none walks a table, and none sorts. */
import { expect, it, onTestFinished } from 'vitest'
import { newWorker, TestWorker } from '#dist/testing/conformance/index.js'
import { DatabaseSync } from '../../support/sqlite.js'
import { newFile, newJob, openEngine } from './files.js'

/** As many rows as there are processes and queues, or what the statement itself brings: not as there are jobs. */
const SMALL =
  /^SCAN (worksong_(workers|queues|chores|meta|tallies)\b|\(|CONSTANT ROW|\d+ CONSTANT ROWS|\d+-ROW VALUES|shared$|.* VIRTUAL TABLE)/

/** The library's class, which notes every text that it prepares. */
function noting(texts: Set<string>): typeof DatabaseSync {
  return class extends DatabaseSync {
    override prepare(...[sql, ...more]: Parameters<InstanceType<typeof DatabaseSync>['prepare']>) {
      texts.add(sql)
      return super.prepare(sql, ...more)
    }
  }
}

it('claim and finish search, and never scan what grows with the jobs', async () => {
  const path = newFile()
  const texts = new Set<string>()
  const engine = await openEngine({ path, driver: noting(texts) as never })
  const worker = new TestWorker(engine, newWorker())
  await engine.registerWorker(worker.info)
  await engine.insertJobs({ jobs: Array.from({ length: 300 }, () => newJob()) })
  texts.clear()
  const jobs = await worker.take(100)
  expect(jobs.length).toBe(100)
  await worker.finishAll(jobs.slice(0, 60), 'succeeded')
  await worker.finishAll(jobs.slice(60), 'retrying', { delayMs: 60_000 })

  const db = new DatabaseSync(path)
  onTestFinished(() => db.close())
  const statements = [...texts].filter((sql) => /^\s*(select|insert|update|delete|with)/i.test(sql))
  expect(statements.some((sql) => sql.includes('worksong_ready'))).toBe(true)
  for (const sql of statements) {
    const plan = db.prepare(`explain query plan ${sql}`).all() as { detail: string }[]
    const bad = plan.map(({ detail }) => detail).filter((detail) => isWalk(detail))
    expect({ sql, bad }).toEqual({ sql, bad: [] })
  }
})

const isWalk = (detail: string): boolean => (/^SCAN /.test(detail) && !SMALL.test(detail)) || /TEMP B-TREE FOR/.test(detail)
