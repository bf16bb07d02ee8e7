/** Somebody's open transaction holds a job's id: who enqueues that id waits for its end, and nobody else does. */
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { newId, typed } from '#dist/core/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { type Client, clientOf } from '../../client/parts.js'
import { testPostgres } from '../../support/postgres.js'
import { errorOf, jobsIn } from '../../support/stores.js'
import { connect, newSchema, openEngine } from './parts.js'

const job = defineJob({ name: 'n', input: typed<number>() })

interface Held extends Client {
  /** The transaction that has enqueued them. */
  readonly tx: pg.Client
  readonly ids: readonly string[]
}

/** A transaction that is left open with new jobs in it. */
async function holding(count: number, patienceMs = 60_000): Promise<Held> {
  const client = clientOf(await openEngine({ url: testPostgres(), schema: newSchema() }), { patienceMs })
  const tx = await connect()
  await tx.query('begin')
  const ids = Array.from({ length: count }, () => newId())
  for (const id of ids) await client.enqueuer.enqueue(job, 0, { id, tx })
  return { ...client, tx, ids }
}

/** Calls of one turn of the event loop: they go in one statement. The ids that are held are in their middle. */
function together({ enqueuer, ids }: Held, strangers: number) {
  const some = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => enqueuer.enqueue(job, from + at))
  const before = some(0, strangers / 2)
  const state = { ended: 0 }
  const guilty = ids.map((id) => enqueuer.enqueue(job, -1, { id }).finally(() => state.ended++))
  // A test that ends before them leaves nobody who would hear of their failure.
  for (const one of guilty) one.catch(() => {})
  return { state, guilty, strangers: [...before, ...some(strangers / 2, strangers)] }
}

const statuses = (many: readonly { status: string }[]) => [...new Set(many.map(({ status }) => status))]

describe("an id in somebody's open transaction", () => {
  it.each([
    ['two, until it commits', 2, 'commit', 'duplicate'],
    ['one, until it rolls back', 1, 'rollback', 'enqueued'],
  ])('keeps its own enqueue waiting, not those gathered with it nor those that come later: %s', async (_what, count, end, status) => {
    const held = await holding(count)
    const calls = together(held, 6)
    expect(statuses(await Promise.all(calls.strangers))).toEqual(['enqueued'])
    expect(Math.max(...held.faults.callsOf('insertJobs').map(({ jobs }) => jobs.length))).toBe(6 + count)
    for (let n = 0; n < 3; n++) expect((await held.enqueuer.enqueue(job, n)).status).toBe('enqueued')
    expect(calls.state.ended).toBe(0)
    await held.tx.query(end)
    expect(await Promise.all(calls.guilty)).toEqual(held.ids.map((id) => ({ id, status })))
    expect((await held.engine.getJob({ id: held.ids[0] as string }))?.payload).toBe(end === 'commit' ? '0' : '-1')
    expect(await jobsIn(held.engine)).toBe(9 + count)
  })

  it('is waited for no longer than the patience, and then the store is said to be busy', async () => {
    const held = await holding(1, 300)
    const { guilty } = together(held, 0)
    expect(await errorOf(Promise.all(guilty))).toMatchObject({ code: 'WS_STORE_BUSY', retryable: true, unknownOutcome: false })
    await held.tx.query('rollback')
    expect(await jobsIn(held.engine)).toBe(0)
  })

  it('keeps close() waiting, which lets go of no enqueue that was accepted', async () => {
    const held = await holding(1)
    const { guilty, state } = together(held, 0)
    await until(async () => held.faults.callsOf('insertJobs').length > held.ids.length + 1, 'it waits apart')
    const closing = held.enqueuer.close()
    expect(await errorOf(held.enqueuer.enqueue(job, 1))).toMatchObject({ code: 'WS_CLOSED' })
    expect(state.ended).toBe(0)
    await held.tx.query('commit')
    await closing
    expect(state.ended).toBe(1)
    expect(statuses(await Promise.all(guilty))).toEqual(['duplicate'])
  })
})
