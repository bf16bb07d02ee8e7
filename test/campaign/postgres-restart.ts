/** Postgres crashes every five seconds under load, and stays away for up to two. */
import { setTimeout as pause } from 'node:timers/promises'
import { underLoad } from '../faults/postgres-load.js'
import { randomOf } from '../support/random.mjs'
import type { Scenario } from './scenario.js'

const EVERY_MS = 5000
const AWAY_MS = 2000
/** Longer than it is away: nobody may lose a lease by that. */
const LEASE = { duration: 10_000, sweep: 500 }

export const scenario: Scenario = {
  name: 'Postgres crashes',
  engines: ['postgres'],
  turnMs: 30_000,
  run: (turn) =>
    underLoad({ lease: LEASE, crashes: ({ crash = 0 }) => crash }, async ({ server }) => {
      const random = randomOf(turn.seed)
      const faults = { crash: 0 }
      do {
        await pause(Math.min(EVERY_MS, Math.max(1000, turn.deadline - performance.now())))
        faults.crash++
        await server.stop('immediate')
        await pause(random() < 0.5 ? 0 : random() * AWAY_MS)
        await server.start()
      } while (performance.now() < turn.deadline)
      await pause(1000)
      return faults
    }),
}
