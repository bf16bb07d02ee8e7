/** Chores: what one process at a time should do. */
import assert from 'node:assert/strict'
import { until } from './bench.js'
import { type Case, on, shared } from './case.js'

const HOUR = 3_600_000

export const choreCases: readonly Case[] = [
  on('takeChore', 'first', 'the first to ask has the turn', async (t) => {
    assert.equal(await t.engine.takeChore({ name: 'prune', everyMs: HOUR }), true)
  }),

  on('takeChore', 'too soon', 'within the time nobody else has it', async (t) => {
    await t.engine.takeChore({ name: 'prune', everyMs: HOUR })
    for (let round = 0; round < 3; round++) assert.equal(await t.engine.takeChore({ name: 'prune', everyMs: HOUR }), false)
  }),

  on('takeChore', 'again after', 'after the time there is another turn', async (t) => {
    assert.equal(await t.engine.takeChore({ name: 'prune', everyMs: 5 }), true)
    await until(() => t.engine.takeChore({ name: 'prune', everyMs: 5 }), 'the turn comes again')
  }),

  on('takeChore', 'other names', 'chores of other names have turns of their own', async (t) => {
    const names = ['prune', 'promote', 'Prune', 'chores/with any text: é😀']
    for (const name of names) assert.equal(await t.engine.takeChore({ name, everyMs: HOUR }), true)
    for (const name of names) assert.equal(await t.engine.takeChore({ name, everyMs: HOUR }), false)
  }),

  on(
    'takeChore',
    'two at once',
    'of many that ask at once in two processes one has the turn',
    async (t) => {
      const other = await t.second()
      for (let round = 0; round < 10; round++) {
        const engines = [t.engine, other, t.engine, other]
        const turns = await Promise.all(engines.map((engine) => engine.takeChore({ name: `chore-${round}`, everyMs: HOUR })))
        assert.equal(turns.filter(Boolean).length, 1)
      }
    },
    shared,
  ),

  on('takeChore', 'two at once', 'in one process, too', async (t) => {
    const turns = await Promise.all([1, 2, 3, 4].map(() => t.engine.takeChore({ name: 'chore', everyMs: HOUR })))
    assert.equal(turns.filter(Boolean).length, 1)
  }),
]
