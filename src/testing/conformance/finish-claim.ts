/** Finishing and claiming in one transaction, as a worker with work in hand does. */
import assert from 'node:assert/strict'
import { newToken } from '../../core/index.js'
import { at, ids, sameIds } from './bench.js'
import { type Case, on } from './case.js'
import { endOf, type Held } from './worker.js'

export const finishClaimCases: readonly Case[] = [
  on('finishThenClaim', 'accepted', 'ends are written and the next jobs claimed', async (t) => {
    const jobs = await t.insert(6)
    const worker = await t.worker()
    const first = await worker.take(2)
    const answer = await worker.finishThenClaim(
      first.map((job) => endOf(job, 'succeeded')),
      3,
    )
    assert.deepEqual([answer.refused, answer.cancelled], [[], []])
    assert.deepEqual(ids(answer.claimed.jobs), ids(jobs.slice(2, 5)))
    assert.deepEqual(await t.states(jobs), ['succeeded', 'succeeded', 'running', 'running', 'running', 'queued'])
  }),

  on('finishThenClaim', 'more', 'more says whether something was left', async (t) => {
    await t.insert(5)
    const worker = await t.worker()
    const first = await worker.take(1)
    const second = await worker.finishThenClaim(
      first.map((job) => endOf(job, 'succeeded')),
      2,
    )
    assert.equal(second.claimed.more, true)
    assert.equal((await worker.finishThenClaim([], 2)).claimed.more, false)
  }),

  on('finishThenClaim', 'refused and claims', 'a refused end does not stop the claim', async (t) => {
    const jobs = await t.insert(3)
    const worker = await t.worker()
    const [stale] = await worker.take(1)
    assert.ok(stale)
    await worker.finishAll([stale], 'dead')
    const answer = await worker.finishThenClaim([endOf(stale, 'succeeded')], 5)
    assert.deepEqual([answer.refused, ids(answer.claimed.jobs)], [[0], ids(jobs.slice(1))])
    assert.equal(await t.state(stale), 'dead')
  }),

  on('finishThenClaim', 'cancelled', 'a cancel that was asked for meanwhile is told', async (t) => {
    await t.insert(3)
    const worker = await t.worker()
    const jobs = await worker.take(2)
    await t.engine.cancelJobs({ ids: [at(jobs, 1).id], reason: null })
    const answer = await worker.finishThenClaim(
      jobs.map((job) => endOf(job, 'retrying')),
      5,
    )
    assert.deepEqual([answer.refused, answer.cancelled, answer.claimed.jobs.length], [[], [1], 2])
    assert.equal(await t.state(at(jobs, 1)), 'cancelled')
  }),

  on('finishThenClaim', 'claims what it gave back', 'jobs that the same call gave back can be claimed by it', async (t) => {
    await t.insert(2)
    const worker = await t.worker()
    const jobs = await worker.take()
    const answer = await worker.finishThenClaim([endOf(at(jobs, 0), 'retrying'), endOf(at(jobs, 1), 'returned')], 5)
    sameIds(ids(answer.claimed.jobs), ids(jobs))
    assert.notEqual(answer.claimed.lease, at(jobs, 0).lease)
  }),

  on('finishThenClaim', 'replay', 'sent again because the answer was lost, it answers the same', async (t) => {
    const jobs = await t.insert(6)
    const worker = await t.worker()
    const first = await worker.take(2)
    const ends = first.map((job) => endOf(job, 'succeeded'))
    const request = { limit: 2, lease: newToken() }
    const once = await worker.finishThenClaim(ends, request)
    const twice = await worker.finishThenClaim(ends, { ...request, replay: true })
    assert.deepEqual([twice.refused, twice.cancelled, twice.claimed.jobs], [[], [], once.claimed.jobs])
    assert.deepEqual(await t.states(jobs), ['succeeded', 'succeeded', 'running', 'running', 'queued', 'queued'])
  }),

  on('finishThenClaim', 'nothing left', 'with nothing to claim the ends are written all the same', async (t) => {
    await t.insert(2)
    const worker = await t.worker()
    const jobs = await worker.take()
    const answer = await worker.finishThenClaim(
      jobs.map((job) => endOf(job, 'succeeded')),
      5,
    )
    assert.deepEqual([answer.claimed.jobs, answer.claimed.more], [[], false])
    assert.deepEqual(await t.states(jobs), ['succeeded', 'succeeded'])
  }),

  on('finishThenClaim', 'whole queue, each once', 'two workers that go on so take and end every job once', async (t) => {
    const jobs = await t.insert(2000)
    const seen: string[] = []
    const work = async (size: number) => {
      const worker = await t.worker()
      let mine: Held[] = []
      do {
        const answer = await worker.finishThenClaim(
          mine.map((job) => endOf(job, 'succeeded')),
          size,
        )
        assert.deepEqual(answer.refused, [])
        mine = answer.claimed.jobs.map((job) => ({ ...job, lease: answer.claimed.lease }))
        seen.push(...ids(mine))
      } while (mine.length > 0)
    }
    await Promise.all([work(37), work(100)])
    sameIds(seen, ids(jobs))
    assert.equal((await t.queue('q'))?.counts.succeeded, 2000)
  }),
]
