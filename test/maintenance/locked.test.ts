/** A lost worker's lease that somebody else holds locked: looked at once a round, and no reason not to close. */
import { expect, it, onTestFinished } from 'vitest'
import { newId } from '#dist/core/index.js'
import { Maintenance } from '#dist/maintenance/index.js'
import { newWorker, TestWorker } from '#dist/testing/conformance/index.js'
import { connect, newSchema, openEngine } from '../engines/postgres/parts.js'
import { FaultyEngine } from '../support/faulty-engine.js'
import { testPostgres } from '../support/postgres.js'
import { jobs } from './parts.js'

it('a locked lease is left for the next round', async () => {
  const schema = newSchema()
  const engine = await openEngine({ url: testPostgres(), schema })
  const worker = new TestWorker(engine, newWorker({ id: newId() }))
  await engine.registerWorker(worker.info)
  await engine.insertJobs({ jobs: jobs(3) })
  await worker.take(3)
  await worker.retire()
  const other = await connect()
  await other.query(`begin; select 1 from ${schema}.leases for key share`)

  const faults = new FaultyEngine(engine)
  const retention = { succeededMs: null, cancelledMs: null, deadMs: null }
  const hooks = { onReady: () => {}, onDead: () => {} }
  const options = { engine: faults.engine, logger: undefined, sweepMs: 60, maxCrashes: 3, retention, ...hooks }
  const maintenance = new Maintenance(options)
  onTestFinished(() => maintenance.close())
  maintenance.start()
  await expect.poll(() => faults.callsOf('listWorkers').length, { timeout: 10_000 }).toBeGreaterThan(3)
  expect(faults.callsOf('rescueJobs').length).toBeLessThanOrEqual(faults.callsOf('listWorkers').length)
  await other.query('rollback')
  await expect.poll(async () => (await engine.listWorkers())[0]?.holding, { timeout: 10_000 }).toBe(0)
})
