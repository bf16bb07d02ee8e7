/** Every table but that of the workers is locked for longer than two leases: no lease is lost, nobody turns in circles, and all goes on by itself. */
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { whileLocked } from './postgres-lock.js'
import { activity, ownServer } from './postgres-server.js'
import { endures, LEASE } from './postgres-trouble.js'

const LOCKED_MS = 2 * LEASE.duration + 2 * LEASE.sweep
/** Of three processes in that time, heartbeats and looks at them included; one that turned in circles would make thousands. */
const FEW = 600
/** Three processes and an app with 8 connections each at most, two that listen, two that beat, and the test's own. */
const MOST_BACKENDS = 30

describe.concurrent.each([
  ['for a shorter time than a statement may take', {}],
  ['for a longer time than a statement may take', { statementTimeout: '600ms' }],
])('tables locked %s', (_what, options) => {
  it('cost no lease', async ({ onTestFinished }) => {
    const { on, server } = await ownServer({ deadlock_timeout: '100ms' }, { ...options, onTestFinished })
    await endures(on, () =>
      whileLocked(on, server.url, async () => {
        const before = await activity(server.url)
        await pause(LOCKED_MS)
        const after = await activity(server.url)
        expect(after.transactions - before.transactions).toBeLessThan(FEW)
        // Statements that were given up wait no longer for their locks, in sessions that nobody uses.
        expect(after.backends).toBeLessThan(MOST_BACKENDS)
      }),
    )
  })
})
