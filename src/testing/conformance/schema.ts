/** Opening, the schema, and what an engine says about itself. */
import assert from 'node:assert/strict'
import { only } from './bench.js'
import { type Case, on, shared } from './case.js'

const EMPTY = { store: 'empty' } as const

export const schemaCases: readonly Case[] = [
  on('name', 'a word', 'the engine has a name', async (t) => assert.match(t.engine.name, /^[a-z]+$/)),

  on('place', 'no secrets', 'the place tells where, and no password', async (t) => {
    assert.ok(t.engine.place.length > 0)
    assert.doesNotMatch(t.engine.place, /:[^/@]+@/)
  }),

  on('capabilities', 'sensible numbers', 'what an engine can do is said in whole numbers from one', async (t) => {
    const { parallelInserts, insertChunk, actChunk, lanes } = t.engine.capabilities
    for (const number of [parallelInserts, insertChunk, actChunk, lanes]) assert.ok(Number.isInteger(number) && number >= 1)
  }),

  on(
    'open',
    'creates no schema',
    'opening a store without a schema creates none',
    async (t) => {
      assert.equal((await t.engine.schemaStatus()).current, 0)
      assert.equal((await t.engine.schemaStatus()).current, 0)
    },
    EMPTY,
  ),

  on(
    'schemaStatus',
    'none',
    'without a schema all migrations are pending',
    async (t) => {
      const status = await t.engine.schemaStatus()
      assert.equal(status.current, 0)
      assert.ok(status.wanted > 0 && status.pending.length > 0)
    },
    EMPTY,
  ),

  on('schemaStatus', 'current', 'after migrating nothing is pending', async (t) => {
    const { current, wanted, oldestReader, pending } = await t.engine.schemaStatus()
    assert.deepEqual([current, pending], [wanted, []])
    assert.ok(oldestReader <= wanted)
  }),

  on(
    'migrate',
    'names applied',
    'the names of the migrations that were applied are returned, in order',
    async (t) => {
      const { pending } = await t.engine.schemaStatus()
      assert.deepEqual(await t.engine.migrate(), pending)
      assert.equal(new Set(pending).size, pending.length)
    },
    EMPTY,
  ),

  on('migrate', 'nothing left', 'migrating again does nothing', async (t) => {
    assert.deepEqual(await t.engine.migrate(), [])
  }),

  on(
    'migrate',
    'two at once',
    'two migrators at once apply each migration once',
    async (t) => {
      const other = await t.second()
      const { pending } = await t.engine.schemaStatus()
      const applied = await Promise.all([t.engine.migrate(), other.migrate(), t.engine.migrate()])
      assert.deepEqual(applied.flat().sort(), [...pending].sort())
      await t.insertOne()
      assert.equal(only(await other.listQueues()).counts.queued, 1)
    },
    { ...shared, ...EMPTY },
  ),

  on('migrate', 'keeps jobs', 'jobs survive another migration and another process', async (t) => {
    const job = await t.insertOne({ payload: '"kept"' })
    await t.engine.migrate()
    assert.equal((await t.job(job.id)).payload, '"kept"')
  }),
]
