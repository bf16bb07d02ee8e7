/** max_connections is reached, and whoever has lost a connection gets none: everything waits, no lease is lost, and it goes on by itself. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { holdAll } from './postgres-holders.js'
import { ownServer } from './postgres-server.js'
import { endures, LEASE } from './postgres-trouble.js'

const CONNECTIONS = 30
/** Of three processes in two leases. */
const FEW_LINES = 100

it('max_connections reached: with few connections work goes on, without any it waits', async () => {
  const { on, server } = await ownServer({ max_connections: String(CONNECTIONS) })
  await endures(on, async (ends) => {
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
    await pause(2 * LEASE.duration)
    expect(on.logs().length - lines).toBeLessThan(FEW_LINES)
    await holders.release()
  })
})
