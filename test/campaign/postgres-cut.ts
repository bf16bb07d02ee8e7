/** Every connection is cut after a random number of bytes, in either direction: answers are lost in the middle of commits. */
import { setTimeout as pause } from 'node:timers/promises'
import { type CuttingProxy, cuttingProxy } from '../faults/cutting-proxy.js'
import { underLoad } from '../faults/postgres-load.js'
import { randomOf } from '../support/random.mjs'
import type { Scenario } from './scenario.js'

const MEAN_BYTES = 60_000
const LEASE = { duration: 10_000, sweep: 500 }

export const scenario: Scenario = {
  name: 'Postgres connections cut',
  engines: ['postgres'],
  turnMs: 20_000,
  run: async (turn) => {
    let proxy: CuttingProxy | undefined
    try {
      return await underLoad(
        {
          lease: LEASE,
          place: async ({ server }) => {
            proxy = await cuttingProxy(server.url, randomOf(turn.seed), MEAN_BYTES)
            return { url: proxy.url }
          },
        },
        async () => {
          await pause(Math.max(2000, turn.deadline - performance.now()))
          return { 'cut on the way there': proxy?.cuts.asked ?? 0, 'cut on the way back': proxy?.cuts.answered ?? 0 }
        },
      )
    } finally {
      await proxy?.close()
    }
  },
}
