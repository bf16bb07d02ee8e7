/** Reading a job's log lines, from where one stopped. */
import assert from 'node:assert/strict'
import { newId } from '../../core/index.js'
import { only } from './bench.js'
import { type Case, on } from './case.js'
import { held, line, lines, record } from './record.js'

export const logCases: readonly Case[] = [
  on('readLogs', 'in order', 'lines are read in the order in which they were written', async (t) => {
    const job = only(await held(t))
    for (let round = 0; round < 5; round++) {
      await record(t, { logs: Array.from({ length: 10 }, (_, index) => line(job, `${round * 10 + index}`, 1000 - round)) })
    }
    const entries = await t.engine.readLogs({ id: job.id, after: 0, limit: 100 })
    assert.deepEqual(
      entries.map((entry) => entry.line),
      Array.from({ length: 50 }, (_, index) => `${index}`),
    )
    for (const [index, entry] of entries.entries()) assert.ok(entry.seq > (entries[index - 1]?.seq ?? 0))
  }),

  on('readLogs', 'after', 'reading goes on after the last line seen', async (t) => {
    const job = only(await held(t))
    await record(t, { logs: ['a', 'b', 'c'].map((text) => line(job, text)) })
    const [, second] = await t.engine.readLogs({ id: job.id, after: 0, limit: 2 })
    assert.deepEqual(await lines(t, job, second?.seq), ['c'])
    await record(t, { logs: [line(job, 'd')] })
    assert.deepEqual(await lines(t, job, second?.seq), ['c', 'd'])
  }),

  on('readLogs', 'limit', 'no more lines than asked for are read', async (t) => {
    const job = only(await held(t))
    await record(t, { logs: ['a', 'b', 'c'].map((text) => line(job, text)) })
    assert.deepEqual(await lines(t, job, 0, 2), ['a', 'b'])
  }),

  on('readLogs', 'missing', 'a job that is not there, or wrote none, has no lines', async (t) => {
    assert.deepEqual(await lines(t, { id: newId() }), [])
    assert.deepEqual(await lines(t, { id: 'nonsense' }), [])
    assert.deepEqual(await lines(t, await t.insertOne()), [])
  }),
]
