/** The tables of the jobs are locked for two of the default leases, 30 s, and an old snapshot is held open all the while. */
import { setTimeout as pause } from 'node:timers/promises'
import { underLoad } from '../faults/postgres-load.js'
import { whileLocked } from '../faults/postgres-lock.js'
import { activity } from '../faults/postgres-server.js'
import { withPg } from '../faults/stage.js'
import type { Scenario } from './scenario.js'

const LOCKED_MS = 30_000
const LEASE = { duration: 15_000, sweep: 5000 }
/**
 * Transactions per second of all processes together while nothing can go on. Each caller of a producer asks for its own job, about once a
 * second, since it cannot know whether the table or a row is locked; each of a pool's ten connections waits 200 ms: 50 at most.
 */
const FEW_PER_SECOND = 100

export const scenario: Scenario = {
  name: 'Postgres tables locked',
  engines: ['postgres'],
  turnMs: 45_000,
  run: async (turn) => {
    const circles: string[] = []
    const report = await underLoad({ lease: LEASE, settings: { deadlock_timeout: '100ms' } }, async ({ on, server }) => {
      const faults = { lock: 0, snapshot: 1 }
      await withPg(server.url, async (old) => {
        await old.query('begin isolation level repeatable read; select 1')
        do {
          await pause(2000)
          faults.lock++
          await whileLocked(on, server.url, async () => {
            const before = await activity(server.url)
            await pause(LOCKED_MS)
            const perSecond = (1000 * ((await activity(server.url)).transactions - before.transactions)) / LOCKED_MS
            if (perSecond > FEW_PER_SECOND) circles.push(`I9 ${perSecond} transactions per second while the tables were locked`)
          })
        } while (performance.now() < turn.deadline)
        await pause(1000)
      })
      return faults
    })
    return { ...report, broken: [...report.broken, ...circles] }
  },
}
