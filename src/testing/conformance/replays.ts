/** Reports that come twice: a replay, because the answer was lost, is told from a second, other end. */
import assert from 'node:assert/strict'
import { at, ids, only, sameIds } from './bench.js'
import { type Case, on } from './case.js'
import { ACCEPTED, history, oneHeld } from './fencing.js'
import { endOf } from './worker.js'

export const replayCases: readonly Case[] = [
  on('finishIfOwned', 'twice in one request', 'two different ends of one claim in one request leave one end', async (t) => {
    const { worker, job } = await oneHeld(t)
    const { refused } = await worker.finish([endOf(job, 'succeeded'), endOf(job, 'dead')])
    assert.equal(refused.length, 1)
    const kept = refused[0] === 0 ? 'dead' : 'succeeded'
    assert.deepEqual(await history(t, job), [`1 ${kept}`])
    assert.equal(await t.state(job), kept)
  }),

  on('finishIfOwned', 'replay accepted', 'the same end again, because the answer was lost, is accepted', async (t) => {
    await t.insert(6)
    const worker = await t.worker()
    const jobs = await worker.take()
    const kinds = ['succeeded', 'dead', 'cancelled', 'retrying', 'snoozed', 'returned'] as const
    const ends = jobs.map((job, index) => endOf(job, at(kinds, index), { body: '1' }))
    assert.deepEqual(await worker.finish(ends), ACCEPTED)
    assert.deepEqual(await worker.finish(ends), ACCEPTED)
    assert.equal((await worker.take()).length, 3)
  }),

  on('finishIfOwned', 'replay accepted after closing', 'a replay of the request that closed its lease is accepted', async (t) => {
    await t.insert(2)
    const worker = await t.worker()
    const jobs = await worker.take()
    assert.deepEqual(await worker.finishAll(jobs, 'succeeded'), ACCEPTED)
    assert.deepEqual(await worker.finishAll(jobs, 'succeeded'), ACCEPTED)
    assert.deepEqual(await worker.finishAll(jobs, 'dead'), { refused: [0, 1], cancelled: [] })
  }),

  on('finishIfOwned', 'replay does nothing', 'a replayed retry gives no second entry, even when the job runs again', async (t) => {
    const { worker, job } = await oneHeld(t)
    await worker.finishAll([job], 'retrying')
    await worker.finishAll([job], 'retrying')
    const again = only(await worker.take())
    assert.equal(again.used, 1)
    assert.deepEqual(await worker.finishAll([job], 'retrying'), ACCEPTED)
    assert.deepEqual(await worker.take(), [])
    assert.equal(await t.state(job), 'running')
    assert.deepEqual(await history(t, job), [`${job.claim} retrying`])
    assert.deepEqual(await worker.finishAll([again], 'succeeded'), ACCEPTED)
  }),

  on('finishIfOwned', 'replay of one that a cancel turned', 'a replay is told again that its job was cancelled instead', async (t) => {
    await t.insert(2)
    const worker = await t.worker()
    const jobs = await worker.take()
    await t.engine.cancelJobs({ ids: [at(jobs, 1).id], reason: null })
    const answer = { refused: [], cancelled: [1] }
    for (let round = 0; round < 2; round++) assert.deepEqual(await worker.finishAll(jobs, 'retrying'), answer)
    assert.deepEqual(await history(t, at(jobs, 1)), ['1 cancelled'])
  }),

  on('finishIfOwned', 'two at once', 'of many different ends of one claim at once one is accepted', async (t) => {
    await t.insert(30)
    const worker = await t.worker()
    const jobs = await worker.take()
    const kinds = ['succeeded', 'dead', 'retrying', 'returned'] as const
    const answers = await Promise.all(kinds.map((end) => worker.finish(jobs.map((job) => endOf(job, end)))))
    for (const [index, job] of jobs.entries()) {
      const accepted = kinds.filter((_, at) => !answers[at]?.refused.includes(index))
      assert.deepEqual(await history(t, job), [`1 ${only(accepted)}`])
    }
    const waiting = jobs.filter(
      (_, index) => answers[2]?.refused.includes(index) === false || answers[3]?.refused.includes(index) === false,
    )
    sameIds(ids(await worker.take()), ids(waiting))
  }),
]
