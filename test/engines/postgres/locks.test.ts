/** What each does where others hold a row locked just now: who passes over it, and who must wait. */
import type pg from 'pg'
import { expect, it } from 'vitest'
import { claimRequest, endOf, newWorker, TestWorker, until } from '#dist/testing/conformance/index.js'
import { jobs } from '../../maintenance/parts.js'
import { testPostgres } from '../../support/postgres.js'
import { connect, newSchema, openEngine } from './parts.js'

async function parts() {
  const schema = newSchema()
  const engine = await openEngine({ url: testPostgres(), schema })
  const worker = new TestWorker(engine, newWorker())
  await engine.registerWorker(worker.info)
  return { schema, engine, worker, other: await connect(), watcher: await connect() }
}

/** How many statements on this schema wait for somebody's lock. */
async function waiting(watcher: pg.Client, schema: string): Promise<number> {
  const sql = "select from pg_stat_activity where query like '%' || $1 || '%' and pg_blocking_pids(pid) <> '{}'"
  return (await watcher.query(sql, [schema])).rows.length
}

/** Let go of what `other` holds once `work` has answered, or waits as the `nth`; true when it waited. */
async function waited(at: { other: pg.Client; watcher: pg.Client; schema: string }, work: Promise<unknown>, nth = 1): Promise<boolean> {
  let answered = false
  const over = work.then(
    () => {
      answered = true
    },
    () => {
      answered = true
    },
  )
  let waits = false
  await until(async () => {
    waits = (await waiting(at.watcher, at.schema)) >= nth
    return waits || answered
  }, 'it waits, or is answered')
  await at.other.query('commit')
  await over
  return waits
}

it('a claim passes over what others hold, and takes it when they let go', async () => {
  const at = await parts()
  const [first, second] = [jobs(1), jobs(1)]
  await at.engine.insertJobs({ jobs: first })
  await at.engine.insertJobs({ jobs: second })
  await at.other.query(`begin; select from ${at.schema}.ready order by lane, priority, seq limit 1 for update`)
  const taken = at.worker.take()
  expect(await waited(at, taken)).toBe(false)
  expect(await taken).toMatchObject([{ id: second[0]?.id }])
  expect(await at.worker.take()).toMatchObject([{ id: first[0]?.id }])
})

it('a rescue leaves a lease that a finish holds for the next time', async () => {
  const at = await parts()
  await at.engine.insertJobs({ jobs: jobs(3) })
  await at.worker.take()
  await at.worker.retire()
  await at.other.query(`begin; select from ${at.schema}.leases for key share`)
  const rescue = { limit: 10, maxCrashes: 3 }
  const rescued = at.engine.rescueJobs(rescue)
  expect(await waited(at, rescued)).toBe(false)
  expect(await rescued).toMatchObject({ requeued: 0, done: false })
  expect(await at.engine.rescueJobs(rescue)).toMatchObject({ requeued: 3, done: true })
})

it('a finish waits for a cancel that holds its lease, and carries it out', async () => {
  const at = await parts()
  await at.engine.insertJobs({ jobs: jobs(1) })
  const held = await at.worker.take()
  await at.other.query(`begin; select from ${at.schema}.leases for update`)
  const signal = `insert into ${at.schema}.signals (worker, id, kind, reason) values ($1, $2, 'cancel', null)`
  await at.other.query(signal, [at.worker.id, held[0]?.id])
  const finished = at.worker.finish(held.map((job) => endOf(job, 'retrying')))
  expect(await waited(at, finished)).toBe(true)
  expect(await finished).toEqual({ refused: [], cancelled: [0] })
})

it('a claim that is sent again waits for its first try, and gets the same jobs', async () => {
  const at = await parts()
  const second = await openEngine({ url: testPostgres(), schema: at.schema })
  await at.engine.insertJobs({ jobs: jobs(1) })
  await at.engine.insertJobs({ jobs: jobs(1) })
  const claim = { worker: at.worker.id, ...claimRequest(1) }
  // The first try has taken its job, and cannot write its lease yet.
  await at.other.query(`begin; lock table ${at.schema}.leases in share mode`)
  const first = at.engine.claim(claim)
  await until(async () => (await waiting(at.watcher, at.schema)) === 1, 'the first try is under way')
  const again = second.claim({ ...claim, replay: true })
  expect(await waited(at, again, 2)).toBe(true)
  expect((await again).jobs).toEqual((await first).jobs)
  expect((await again).jobs.length).toBe(1)
})
