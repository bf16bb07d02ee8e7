/** Every table but that of the workers is locked for longer than two leases: no lease is lost, nobody turns in circles, and all goes on by itself. */
import { describe, expect, it } from 'vitest'
import { check } from './check.js'
import { whileLocked } from './postgres-lock.js'
import { activity, ownServer } from './postgres-server.js'

/** Long enough that a busy machine loses nobody. */
const LEASE = { duration: 2000, sweep: 200 }
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
    const workers = [await on.worker({ lease: LEASE }), await on.worker({ lease: LEASE })]
    const producer = await on.producer({ count: 100_000, atOnce: 10, patience: '60s', input: { ms: 5 } })
    const ends = () => on.evidence('end').length
    await on.until('all is under way', () => ends() > 100)
    await whileLocked(on, server.url, async () => {
      const before = await activity(server.url)
      const until = performance.now() + LOCKED_MS
      await on.until('two leases have passed', () => performance.now() > until)
      const after = await activity(server.url)
      expect(after.transactions - before.transactions).toBeLessThan(FEW)
      // Statements that were given up wait no longer for their locks, in sessions that nobody uses.
      expect(after.backends).toBeLessThan(MOST_BACKENDS)
    })
    const then = ends()
    await on.until('all is under way again', () => ends() > then + 100)
    producer.send('enough')
    expect(await producer.exit()).toEqual({ code: 0, signal: null })
    await on.drained()
    const jobs = await check(on)
    expect([...jobs.values()].every(({ state, attempts }) => state === 'succeeded' && attempts.length === 1)).toBe(true)
    expect(on.logs('worker.silent')).toEqual([])
    expect(on.evidence('refused')).toEqual([])
    expect(workers.map(({ running }) => running)).toEqual([true, true])
    expect(on.stderr()).toBe('')
  })
})
