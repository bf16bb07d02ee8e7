/** Cancelling while others claim and finish: each job ends up on one side. */
import assert from 'node:assert/strict'
import { type Bench, greedy, ids, sameIds, slices } from './bench.js'
import { type Case, on } from './case.js'
import { endOf } from './worker.js'

async function cancelAll(t: Bench, all: readonly string[]): Promise<Map<string, string>> {
  const parts = await Promise.all(slices(all, 50).map((part) => t.engine.cancelJobs({ ids: part, reason: 'race' })))
  const results = parts.flat()
  return new Map(all.map((id, index) => [id, results[index] ?? '']))
}

export const cancelRaceCases: readonly Case[] = [
  on('cancelJobs', 'against claims', 'no job is both cancelled and claimed', async (t) => {
    const all = ids(await t.insert(1000))
    const claims = await greedy(t)
    const [results, ...lists] = await Promise.all([cancelAll(t, [...all].reverse()), ...claims()])
    const taken = lists.flat()
    const cancelled = all.filter((id) => results.get(id) === 'cancelled')
    const requested = all.filter((id) => results.get(id) === 'requested')
    sameIds([...cancelled, ...requested], all)
    for (const id of taken) assert.equal(results.get(id), 'requested')
    const rest = all.filter((id) => !taken.includes(id) && results.get(id) === 'requested')
    assert.deepEqual(rest, [])
    const counts = (await t.queue('q'))?.counts
    assert.deepEqual([counts?.cancelled, counts?.running, counts?.queued], [cancelled.length, taken.length, 0])
  }),

  on('cancelJobs', 'against finishes', 'a job that is cancelled while its end is written has one end', async (t) => {
    const all = ids(await t.insert(300))
    const worker = await t.worker()
    const held = await worker.take(300)
    const ends = held.map((job, index) => endOf(job, index % 3 === 0 ? 'succeeded' : index % 3 === 1 ? 'retrying' : 'returned'))
    const [results] = await Promise.all([
      cancelAll(t, [...all].reverse()),
      ...slices(all, 30).map((part) => worker.finish(ends.filter((end) => part.includes(end.id)))),
    ])
    for (const [index, job] of held.entries()) {
      const state = await t.state(job)
      if (index % 3 === 0) assert.equal(state, 'succeeded')
      else assert.equal(state, 'cancelled', `cancel of ${job.id} was answered ${results.get(job.id)} and its state is ${state}`)
    }
    assert.deepEqual(await worker.take(), [])
  }),
]
