/** max_connections is reached, and whoever has lost a connection gets none: everything waits, no lease is lost, and it goes on by itself. */
import { expect, it } from 'vitest'
import { check } from './check.js'
import { holdAll } from './postgres-holders.js'
import { ownServer } from './postgres-server.js'

/** Long enough that a busy machine loses nobody. */
const LEASE = { duration: 2000, sweep: 200 }
const CONNECTIONS = 30
/** Of three processes in two leases. */
const FEW_LINES = 100

it('max_connections reached: with few connections work goes on, without any it waits', async () => {
  const { on, server } = await ownServer({ max_connections: String(CONNECTIONS) })
  const workers = [await on.worker({ lease: LEASE }), await on.worker({ lease: LEASE })]
  const producer = await on.producer({ count: 100_000, atOnce: 10, patience: '60s', input: { ms: 5 } })
  const ends = () => on.evidence('end').length
  await on.until('all is under way', () => ends() > 100)

  const holders = await holdAll(server.url)
  await on.until('no connection is left', async () => (await holders.counts()).all >= CONNECTIONS)
  const before = ends()
  await on.until('work goes on with few connections', () => ends() > before + 100)
  await on.until('the holders have them all', async () => {
    await holders.cutOthers()
    const { all, others } = await holders.counts()
    return others === 0 && all >= CONNECTIONS
  })
  const lines = on.logs().length
  const until = performance.now() + 2 * LEASE.duration
  await on.until('two leases have passed', () => performance.now() > until)
  expect(on.logs().length - lines).toBeLessThan(FEW_LINES)
  await holders.release()

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
