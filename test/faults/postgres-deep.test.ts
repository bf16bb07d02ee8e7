/** A deep queue costs a claim nothing: counted in pages that it touches, which no busy machine can change. */
import type pg from 'pg'
import { expect, it } from 'vitest'
import { newToken } from '#dist/core/index.js'
import type { Engine, NewJob } from '#dist/engine/index.js'
import { newWorker } from '#dist/testing/conformance/index.js'
import { connect, newSchema, openEngine } from '../engines/postgres/parts.js'
import { jobs } from '../maintenance/parts.js'
import { testPostgres } from '../support/postgres.js'

const CLAIM = 100
const SHALLOW = 5000
const DEEP = 150_000
const CHUNK = 1000

async function fill(engine: Engine, count: number, more: Partial<NewJob> = {}): Promise<void> {
  const chunk = () => engine.insertJobs({ jobs: jobs(CHUNK, more) })
  for (let at = 0; at < count; at += 2 * CHUNK) await Promise.all([chunk(), chunk()])
}

/** Pages that one claim touches, in all that it calls. Taken back afterwards. */
async function pagesOfClaim(client: pg.Client, schema: string, worker: string): Promise<number> {
  const given: Record<string, string> = {
    ...{ p_worker: `'${worker}'`, p_lease: `'${newToken()}'`, p_lanes: "'{q}'", p_limits: `'{${CLAIM}}'`, p_limit: `${CLAIM}` },
    ...{ p_rows: '4', p_starting: '0', p_alone: 'false', p_replay: 'false' },
  }
  const found = await client.query('select proargnames[1:pronargs] names from pg_proc where oid = to_regproc($1)', [`${schema}.claim_1`])
  const values = (found.rows[0].names as string[]).map((name) => given[name] ?? 'null')
  await client.query('begin')
  const { rows } = await client.query(
    `explain (analyze, buffers, format json, timing off) select * from ${schema}.claim_1(${values.join(', ')})`,
  )
  await client.query('rollback')
  const [{ Plan: plan }] = rows[0]['QUERY PLAN']
  expect(plan['Actual Rows']).toBe(1)
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
}

async function pagesAt(depth: number, fillMore: (engine: Engine) => Promise<void> = async () => {}): Promise<number> {
  const schema = newSchema()
  const engine = await openEngine({ url: testPostgres(), schema })
  const worker = newWorker()
  await engine.registerWorker(worker)
  await fill(engine, depth)
  await fillMore(engine)
  const client = await connect()
  // The first one of a session also reads the catalogue.
  await pagesOfClaim(client, schema, worker.id)
  return pagesOfClaim(client, schema, worker.id)
}

it('a claim touches about as many pages before 150,000 waiting jobs as before 5,000', { timeout: 60_000 }, async () => {
  const shallow = await pagesAt(SHALLOW)
  const deep = await pagesAt(SHALLOW, async (engine) => {
    await fill(engine, DEEP / 3)
    await fill(engine, DEEP / 3, { priority: 10 })
    await fill(engine, DEEP / 3, { delayMs: 3_600_000 })
  })
  expect(shallow).toBeGreaterThan(CLAIM)
  // Half as many more: an index of more jobs is a level deeper.
  expect(deep).toBeLessThan(1.5 * shallow)
})
