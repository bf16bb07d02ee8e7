/** An old snapshot is held open (somebody's report, or a session that was forgotten), so that nothing dead can be cleared away: work goes on. */
import { expect, it } from 'vitest'
import { check } from './check.js'
import { ownServer } from './postgres-server.js'
import { LEASE } from './postgres-trouble.js'
import { withPg } from './stage.js'

const ROUNDS = 3
const JOBS = 1500

it('an old snapshot held open costs no lease', async () => {
  const { on, server } = await ownServer()
  const { schema } = on.place as { schema: string }
  await on.enqueue('work', [{}])
  await withPg(server.url, async (old) => {
    await old.query('begin isolation level repeatable read')
    await old.query(`select count(*) from ${schema}.ready`)
    const workers = [await on.worker({ lease: LEASE }), await on.worker({ lease: LEASE })]
    for (let round = 1; round <= ROUNDS; round++) {
      await on.enqueue('work', Array(JOBS).fill({}))
      await on.drained()
      await withPg(server.url, (client) => client.query(`vacuum ${schema}.ready, ${schema}.leases, ${schema}.workers`))
    }
    const dead = await old.query(`select n_dead_tup::int n from pg_stat_all_tables where schemaname = $1 and relname = 'leases'`, [schema])
    expect(dead.rows[0].n).toBeGreaterThan(0)
    expect(workers.map(({ running }) => running)).toEqual([true, true])
    await old.query('rollback')
  })
  const jobs = await check(on)
  expect(jobs.size).toBe(ROUNDS * JOBS + 1)
  expect([...jobs.values()].every(({ state, attempts }) => state === 'succeeded' && attempts.length === 1)).toBe(true)
  expect(on.logs('worker.silent')).toEqual([])
  expect(on.stderr()).toBe('')
})
