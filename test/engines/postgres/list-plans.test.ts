/**
 * A page of jobs reads a page, whatever the planner believes of the tables: never analyzed, analyzed before anything had succeeded, or
 * truly. Compared by ratio, interleaved, by medians; generous, because a wrong plan is a hundred times slower.
 */
import { describe, expect, it } from 'vitest'
import type { Engine, JobFilter } from '#dist/engine/index.js'
import { newWorker, TestWorker } from '#dist/testing/conformance/index.js'
import { jobs } from '../../maintenance/parts.js'
import { testPostgres } from '../../support/postgres.js'
import { connect, newSchema, openEngine } from './parts.js'

const JOBS = 40_000
const ROUNDS = 5
const STATES = ['succeeded', 'dead', 'cancelled', 'queued', 'scheduled', 'running'] as const
const FILTERS: readonly JobFilter[] = [{}, ...STATES.flatMap((state) => [{ state }, { state, queue: 'q', kind: 'k' }])]
const TABLES = ['jobs', 'ready', 'leases', 'ends', 'scheduled', 'placed']

interface Table {
  readonly name: string
  readonly engine: Engine
}

/** Nothing has succeeded yet, and little is there: the moment of the stale statistics. */
async function begin(engine: Engine): Promise<TestWorker> {
  const worker = new TestWorker(engine, newWorker())
  await engine.registerWorker(worker.info)
  const few = jobs(500, { delayMs: 3_600_000 })
  await engine.insertJobs({ jobs: few })
  await engine.cancelJobs({ ids: few.slice(0, 400).map(({ id }) => id), reason: null })
  return worker
}

/** Most have succeeded; some have in every other way, wait or run. */
async function grow(engine: Engine, worker: TestWorker): Promise<void> {
  for (let at = 0; at < JOBS; at += 1000) {
    await engine.insertJobs({ jobs: jobs(1000) })
    const held = await worker.take({ limit: 1000 })
    await worker.finishAll(held.slice(0, 950), 'succeeded')
    await worker.finishAll(held.slice(950), at % 2000 ? 'dead' : 'cancelled')
  }
  await engine.insertJobs({ jobs: jobs(1000) })
  await worker.take({ limit: 500 })
}

async function newTable(name: string, analyzed: 'never' | 'before' | 'after'): Promise<Table> {
  const client = await connect()
  const schema = newSchema()
  const engine = await openEngine({ url: testPostgres(), schema })
  for (const table of TABLES) await client.query(`alter table ${schema}.${table} set (autovacuum_enabled = false)`)
  const analyze = () => client.query(`analyze ${TABLES.map((table) => `${schema}.${table}`).join(', ')}`)
  const worker = await begin(engine)
  if (analyzed === 'before') await analyze()
  await grow(engine, worker)
  if (analyzed === 'after') await analyze()
  return { name, engine }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

describe('pages of jobs', () => {
  it('cost the same whatever the statistics say', { timeout: 90_000 }, async () => {
    const tables = [await newTable('never analyzed', 'never'), await newTable('stale', 'before'), await newTable('analyzed', 'after')]
    for (const filter of FILTERS) {
      const times = tables.map((): number[] => [])
      for (let round = 0; round < ROUNDS; round++) {
        for (const [at, { engine }] of tables.entries()) {
          const began = performance.now()
          const page = await engine.listJobs({ filter, limit: 5 })
          times[at]?.push(performance.now() - began)
          expect(page.jobs.length).toBe(5)
        }
      }
      const medians = times.map(median)
      const told = `${JSON.stringify(filter)}: ${medians.map((ms, at) => `${tables[at]?.name} ${ms.toFixed(1)} ms`).join(', ')}`
      expect(Math.max(...medians), told).toBeLessThan(5 * Math.min(...medians) + 5)
    }
  })
})
