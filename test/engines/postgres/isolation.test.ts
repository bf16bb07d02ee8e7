/** Enqueueing inside a caller's REPEATABLE READ or SERIALIZABLE transaction: we give it no serialization failure to deal with. */
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { newId, typed } from '#dist/core/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { clientOf } from '../../client/parts.js'
import { testPostgres } from '../../support/postgres.js'
import { jobsIn } from '../../support/stores.js'
import { connect, newSchema, openEngine } from './parts.js'

const LEVELS = ['repeatable read', 'serializable'] as const
const job = defineJob({ name: 'n', input: typed<number>() })

/** A store, and a transaction of the caller's that has taken its snapshot. */
async function begun(level: string) {
  const engine = await openEngine({ url: testPostgres(), schema: newSchema() })
  return { ...clientOf(engine), tx: await begin(level) }
}

async function begin(level: string): Promise<pg.Client> {
  const tx = await connect()
  await tx.query(`begin isolation level ${level}`)
  await tx.query('select 1')
  return tx
}

describe.each(LEVELS)("a caller's transaction that is %s", (level) => {
  it.each(['commit', 'rollback'])('holds its jobs until its end: %s', async (end) => {
    const { enqueuer, engine, tx } = await begun(level)
    const { id } = await enqueuer.enqueue(job, 1, { tx, delay: '1h', reference: { order: '7' } })
    const inputs = Array.from({ length: 1100 }, (_, n) => n)
    expect(await enqueuer.enqueueMany(job, inputs, { tx })).toEqual({ enqueued: 1100, duplicates: 0, rejected: 0 })
    expect([await engine.getJob({ id }), await jobsIn(engine)]).toEqual([null, 0])
    await tx.query(end)
    const there = end === 'commit'
    expect([(await engine.getJob({ id }))?.state, await jobsIn(engine)]).toEqual(there ? ['scheduled', 1101] : [undefined, 0])
    expect(await enqueuer.enqueue(job, 2, { id })).toEqual({ id, status: there ? 'duplicate' : 'enqueued' })
  })

  it('meets an id that is there, though not for its snapshot: a duplicate, and the transaction goes on', async () => {
    const { enqueuer, engine, tx } = await begun(level)
    const id = newId()
    await enqueuer.enqueue(job, 1, { id })
    expect(await enqueuer.enqueue(job, 2, { id, tx })).toEqual({ id, status: 'duplicate' })
    const ids = [newId(), id, newId()]
    const many = await enqueuer.enqueueMany(job, [3, 4, 5], { tx, id: (_input, index) => ids[index] as string })
    expect(many).toEqual({ enqueued: 2, duplicates: 1, rejected: 0 })
    await tx.query('commit')
    expect([(await engine.getJob({ id }))?.payload, await jobsIn(engine)]).toEqual(['1', 3])
  })

  it.each([
    ['commits', 'commit', 'duplicate'],
    ['rolls back', 'rollback', 'enqueued'],
  ])('waits for another that holds the id: that one %s', async (_what, end, status) => {
    const { enqueuer, engine, tx } = await begun(level)
    const [other, watcher] = [await begin(level), await connect()]
    const id = newId()
    await enqueuer.enqueue(job, 1, { id, tx: other })
    const waiting = enqueuer.enqueue(job, 2, { id, tx })
    await until(() => isBlocked(tx, watcher), 'it waits')
    await other.query(end)
    expect(await waiting).toEqual({ id, status })
    await tx.query('commit')
    expect(await jobsIn(engine)).toBe(1)
  })

  it('does not collide with another that enqueues too', async () => {
    const { enqueuer, engine, tx } = await begun(level)
    const both = [tx, await begin(level)]
    for (const delay of [0, '1h', 0, '1h'] as const) for (const each of both) await enqueuer.enqueue(job, 1, { tx: each, delay })
    for (const each of both) await each.query('commit')
    expect(await jobsIn(engine)).toBe(8)
  })
})

async function isBlocked(client: pg.Client, watcher: pg.Client): Promise<boolean> {
  const { processID } = client as unknown as { processID: number }
  const { rows } = await watcher.query('select cardinality(pg_blocking_pids($1)) > 0 blocked', [processID])
  return (rows[0] as { blocked: boolean }).blocked
}
