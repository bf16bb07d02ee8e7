/** Several processes on one file: migrating at once, draining at once, and a heartbeat of its own. */
import { expect, it } from 'vitest'
import type { BeatConnection } from '#dist/engine/index.js'
import { newFile, newJob, Other, openEngine } from './files.js'

it('migrates a new file once, however many try at the same moment', async () => {
  const path = newFile()
  const others = [1, 2, 3].map(() => new Other('migrate.mjs', path))
  for (const other of others) expect(await other.line()).toBe('ready')
  for (const other of others) other.say('go')
  const applied = await Promise.all(others.map(async (other) => JSON.parse(await other.line()) as string[]))
  const engine = await openEngine({ path })
  const { current, wanted } = await engine.schemaStatus()
  expect(current).toBe(wanted)
  expect(applied.flat()).toHaveLength(wanted)
})

it('gives each job to one of two processes', async () => {
  const path = newFile()
  const engine = await openEngine({ path })
  const jobs = Array.from({ length: 2000 }, () => newJob())
  await engine.insertJobs({ jobs })
  const others = [1, 2].map(() => new Other('drain.mjs', path))
  for (const other of others) expect(await other.line()).toBe('ready')
  for (const other of others) other.say('go')
  const lists = await Promise.all(others.map(async (other) => JSON.parse(await other.line()) as string[]))
  expect(lists.flat().sort()).toEqual(jobs.map(({ id }) => id).sort())
  expect((await engine.listQueues())[0]?.counts).toMatchObject({ queued: 0, running: 0, succeeded: 2000 })
})

it('beats through a connection of its own', async () => {
  const engine = await openEngine({ path: newFile() })
  const info = { name: 'w', host: 'h', pid: 1, version: '0', queues: ['q'], kinds: ['k'], labels: [], concurrency: 1, leaseMs: 15_000 }
  await engine.registerWorker({ id: 'w', ...info })
  const source = await engine.beatSource()
  const { openBeat } = (await import(source?.module ?? '')) as { openBeat(config: unknown): Promise<BeatConnection> }
  const connection = await openBeat(structuredClone(source?.config))
  expect(await connection.beat('w')).toBe(true)
  expect(await connection.beat('nobody')).toBe(false)
  expect((await engine.listWorkers())[0]?.beat).toBe(1)
  await engine.retireWorker({ worker: 'w' })
  expect(await connection.beat('w')).toBe(false)
  await connection.close()
  await connection.close()
})
