/** Somebody takes every connection that Postgres has; in the end Worksong's too; and gives them back. */
import { setTimeout as pause } from 'node:timers/promises'
import { holdAll } from '../faults/postgres-holders.js'
import { underLoad } from '../faults/postgres-load.js'
import type { Scenario } from './scenario.js'

const CONNECTIONS = 30
const FULL_MS = 4000
const LEASE = { duration: 2000, sweep: 500 }

export const scenario: Scenario = {
  name: 'Postgres full',
  engines: ['postgres'],
  turnMs: 20_000,
  run: (turn) =>
    underLoad({ lease: LEASE, settings: { max_connections: String(CONNECTIONS) } }, async ({ on, server }) => {
      const faults = { full: 0, 'session ended': 0 }
      do {
        await pause(2000)
        const holders = await holdAll(server.url)
        await on.until('the holders have them all', async () => {
          const { all, others } = await holders.counts()
          if (others === 0 && all >= CONNECTIONS) return true
          faults['session ended'] += others
          await holders.cutOthers()
          return false
        })
        faults.full++
        await pause(FULL_MS)
        await holders.release()
      } while (performance.now() < turn.deadline)
      await pause(2000)
      return faults
    }),
}
