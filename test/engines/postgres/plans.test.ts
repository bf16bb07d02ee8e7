/**
 * One plan for all: the hot statements take as long on tables that were never analyzed, or analyzed when they were empty, as on large ones.
 * Compared by ratio, interleaved, by medians; generous, because a wrong plan is a hundred times slower.
 */
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { newId } from '#dist/core/index.js'
import type { Engine } from '#dist/engine/index.js'
import { CLAIM } from '#dist/engines/postgres/sql/claim.js'
import { newWorker, TestWorker } from '#dist/testing/conformance/index.js'
import { testPostgres } from '../../support/postgres.js'
import { connect, newSchema, openEngine } from './parts.js'

const BATCH = 500
const ROUNDS = 7
const SMALL = (ROUNDS + 2) * BATCH
const LARGE = 200_000

interface Table {
  readonly name: string
  readonly schema: string
  readonly engine: Engine
  readonly worker: TestWorker
}

async function fill(engine: Engine, count: number): Promise<void> {
  const chunk = () =>
    Array.from({ length: 1000 }, () => ({ id: newId(), queue: 'q', kind: 'k', priority: 0, maxAttempts: 5, payload: '{}' }))
  for (let at = 0; at < count; at += 2000) await Promise.all([engine.insertJobs({ jobs: chunk() }), engine.insertJobs({ jobs: chunk() })])
}

async function newTable(name: string, client: pg.Client, statistics: 'none' | 'empty' | 'true', count: number): Promise<Table> {
  const schema = newSchema()
  const engine = await openEngine({ url: testPostgres(), schema })
  const tables = ['jobs', 'ready', 'leases', 'ends', 'scheduled', 'tallies', 'placed', 'signals', 'workers', 'queues']
  for (const table of tables) await client.query(`alter table ${schema}.${table} set (autovacuum_enabled = false)`)
  const analyze = () => client.query(`analyze ${tables.map((table) => `${schema}.${table}`).join(', ')}`)
  if (statistics === 'empty') await analyze()
  await fill(engine, count)
  if (statistics === 'true') await analyze()
  const worker = new TestWorker(engine, newWorker())
  await engine.registerWorker(worker.info)
  return { name, schema, engine, worker }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

describe('plans', () => {
  it('claim, finish and enqueue of hundreds do not depend on statistics or size', { timeout: 90_000 }, async () => {
    const client = await connect()
    const tables = [
      await newTable('never analyzed', client, 'none', SMALL),
      await newTable('analyzed when empty', client, 'empty', SMALL),
      await newTable('large', client, 'true', LARGE),
    ]
    const times = new Map<string, number[]>()
    const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
      const began = performance.now()
      const result = await work()
      times.set(what, [...(times.get(what) ?? []), performance.now() - began])
      return result
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const { name, engine, worker } of tables) {
        await timed(`enqueue ${name}`, () => fill(engine, 1))
        const jobs = await timed(`claim ${name}`, () => worker.take(BATCH))
        expect(jobs.length).toBe(BATCH)
        const { refused } = await timed(`finish ${name}`, () =>
          worker.finishAll(jobs, round % 2 ? 'succeeded' : 'retrying', { delayMs: 60_000 }),
        )
        expect(refused).toEqual([])
      }
    }
    for (const what of ['enqueue', 'claim', 'finish']) {
      const medians = tables.map(({ name }) => median(times.get(`${what} ${name}`) ?? []))
      const told = `${what}: ${medians.map((ms, at) => `${tables[at]?.name} ${ms.toFixed(1)} ms`).join(', ')}`
      expect(Math.max(...medians), told).toBeLessThan(5 * Math.min(...medians) + 5)
    }
  })

  it('the claim walks the primary key, whatever the planner believes of the table', async () => {
    const client = await connect()
    const schema = newSchema()
    const engine = await openEngine({ url: testPostgres(), schema })
    const select = /select ctid[\s\S]*?skip locked/.exec(CLAIM)?.[0]
    const text = select?.replaceAll('ws.', `${schema}.`).replace('p_lanes[v_lane]', '$1').replace('v_rows', '$2')
    expect(text).toContain('$1')
    const settings = await client.query('select unnest(proconfig) one from pg_proc where oid = to_regproc($1)', [`${schema}.claim_1`])
    await client.query('begin')
    for (const { one } of settings.rows as { one: string }[]) await client.query(`set local ${one}`)
    await client.query(`prepare claim(text, int4) as ${text}`)
    const plan = async () => {
      const { rows } = await client.query("explain execute claim('q', 100)")
      return (rows as { 'QUERY PLAN': string }[]).map((row) => row['QUERY PLAN']).join('\n')
    }
    const empty = await plan()
    await fill(engine, 4000)
    await client.query(`analyze ${schema}.ready`)
    for (const [what, text] of [
      ['empty', empty],
      ['filled', await plan()],
    ]) {
      expect(text, what).toMatch(/Index Scan using ready_pkey on ready/)
      expect(text, what).not.toMatch(/Seq Scan|Sort|Bitmap/)
    }
    await client.query('rollback')
  })

  it('the functions of the hot path carry their settings themselves', async () => {
    const client = await connect()
    const schema = newSchema()
    await openEngine({ url: testPostgres(), schema })
    const { rows } = await client.query('select proname, proconfig from pg_proc where pronamespace = to_regnamespace($1) order by 1', [
      schema,
    ])
    const settings = new Map((rows as { proname: string; proconfig: string[] | null }[]).map((row) => [row.proname, row.proconfig ?? []]))
    const walks = ['all', 'scheduled', 'blocked', 'running', 'succeeded', 'dead', 'cancelled', 'queued', 'lanes'].map(
      (one) => `walk_${one}_1`,
    )
    const hot = ['enqueue_1', 'claim_1', 'describe_1', 'finish_1', 'owns_1', 'put_back_1', 'record_1']
    const ofIds = ['delete_1', 'places_1', 'take_all_1', 'forget_1', 'take_one_1', 'take_these_1', 'running_1']
    for (const name of [...hot, ...walks, ...ofIds, 'summaries_1', 'locate_1']) {
      expect([name, settings.get(name)]).toEqual([
        name,
        expect.arrayContaining(['plan_cache_mode=force_generic_plan', 'enable_seqscan=off', 'jit=off']),
      ])
    }
    const shown = await client.query('show enable_seqscan')
    expect(shown.rows).toEqual([{ enable_seqscan: 'on' }])
  })
})
