// The job and the rows that it is about, in one transaction of your own: both exist, or neither.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite' // or node:sqlite (Node 24), or Database of better-sqlite3
import pg from 'pg'
import { defineJob, typed, Worksong } from 'worksong'
import { sqlite } from 'worksong/sqlite'

const ship = defineJob({
  name: 'order.ship',
  input: typed<{ order: string }>(),
  async run({ order }) {
    return `${order} is on its way`
  },
})

const folder = mkdtempSync(join(tmpdir(), 'worksong-'))
const file = join(folder, 'shop.db')
const postgres = process.env.WORKSONG_STORE
// With the library that opens the file in this process anyway: two libraries on one file in one process damage it.
const store = postgres ?? sqlite({ path: file, driver: DatabaseSync })
const app = new Worksong({ store, jobs: [ship], logger: false })
await app.worker().start()

/** On Postgres: the client on which BEGIN was run. */
async function orderOnPostgres(pool: pg.Pool, order: string, fails: boolean): Promise<string> {
  const tx = await pool.connect()
  try {
    await tx.query('begin')
    await tx.query('insert into orders values ($1)', [order])
    const { id } = await app.enqueue(ship, { order }, { tx })
    if (fails) throw new Error('no stock')
    await tx.query('commit')
    return id
  } catch (error) {
    await tx.query('rollback')
    throw error
  } finally {
    tx.release()
  }
}

/** On SQLite: a handle of your own on the same file, with a transaction open. Keep it short: the file has one writer at a time. */
async function orderOnSqlite(tx: InstanceType<typeof DatabaseSync>, order: string, fails: boolean): Promise<string> {
  tx.exec('begin immediate')
  try {
    tx.prepare('insert into orders values (?)').run(order)
    const { id } = await app.enqueue(ship, { order }, { tx })
    if (fails) throw new Error('no stock')
    tx.exec('commit')
    return id
  } catch (error) {
    tx.exec('rollback')
    throw error
  }
}

if (postgres) {
  const pool = new pg.Pool({ connectionString: postgres })
  await pool.query('create table if not exists orders (name text)')
  await tryBoth((order, fails) => orderOnPostgres(pool, order, fails))
  await pool.end()
} else {
  const db = new DatabaseSync(file)
  db.exec('pragma busy_timeout = 5000; create table orders (name text)')
  await tryBoth((order, fails) => orderOnSqlite(db, order, fails))
  db.close()
}
await app.close()
rmSync(folder, { recursive: true })

async function tryBoth(order: (name: string, fails: boolean) => Promise<string>): Promise<void> {
  console.log(await app.jobs.wait(await order('A-1', false), { timeout: '10s' }))
  await assert.rejects(order('A-2', true), /no stock/)
  const { jobs } = await app.jobs.list({ name: 'order.ship' })
  console.log(`${jobs.length} job: the order that failed has none`)
  assert.equal(jobs.length, 1)
}
