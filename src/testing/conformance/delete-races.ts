/** Deleting while others claim, finish, cancel and retry: each job ends up on one side, and the counts agree. */
import assert from 'node:assert/strict'
import { type Bench, greedy, ids, sameIds, slices, untilDone } from './bench.js'
import { type Case, on } from './case.js'
import { endOf } from './worker.js'

/** By id what the delete answered; sent in slices, as several operators at once would. */
async function deleteAll(t: Bench, all: readonly string[]): Promise<Map<string, string>> {
  const parts = await Promise.all(slices(all, 50).map((part) => untilDone(() => t.engine.deleteJobs({ ids: part }))))
  const results = parts.flat()
  return new Map(all.map((id, index) => [id, results[index] ?? '']))
}

/** The counts say what the jobs say, and what was deleted is gone. */
async function agrees(t: Bench, all: readonly string[], results: ReadonlyMap<string, string>): Promise<void> {
  const states = await t.states(all.map((id) => ({ id })))
  const counted: Record<string, number> = {}
  for (const [index, id] of all.entries()) {
    const state = states[index] ?? 'missing'
    assert.equal(state === 'missing', results.get(id) === 'deleted', `${id} is ${state} and was answered ${results.get(id)}`)
    if (state !== 'missing') counted[state] = (counted[state] ?? 0) + 1
  }
  const counts = Object.entries((await t.queue('q'))?.counts ?? {}).filter(([, count]) => count !== 0)
  assert.deepEqual(Object.fromEntries(counts), counted)
}

export const deleteRaceCases: readonly Case[] = [
  on('deleteJobs', 'against claims', 'no job is both deleted and claimed', async (t) => {
    const all = ids(await t.insert(1000))
    const claims = await greedy(t)
    const [results, ...lists] = await Promise.all([deleteAll(t, [...all].reverse()), ...claims()])
    sameIds(
      lists.flat(),
      all.filter((id) => results.get(id) === 'running'),
    )
    await agrees(t, all, results)
  }),

  on('deleteJobs', 'against finishes', 'a job that is deleted while its end is written is running or gone', async (t) => {
    const all = ids(await t.insert(300))
    const worker = await t.worker()
    const held = await worker.take(300)
    const ends = held.map((job, index) => endOf(job, (['succeeded', 'retrying', 'returned', 'dead'] as const)[index % 4] ?? 'dead'))
    const [results, ...answers] = await Promise.all([
      deleteAll(t, all),
      ...slices(all, 30).map((part) => worker.finish(ends.filter((end) => part.includes(end.id)))),
    ])
    for (const answer of answers) assert.deepEqual(answer.refused, [])
    await agrees(t, all, results)
    const { refused } = await worker.finish(ends)
    for (const [index, end] of ends.entries()) assert.equal(refused.includes(index), results.get(end.id) === 'deleted')
    await agrees(t, all, results)
  }),

  on('deleteJobs', 'against cancels', 'cancelling and deleting the same jobs ends with each answered and gone or cancelled', async (t) => {
    const all = ids(await t.insert(600, (index) => (index % 3 ? {} : { delayMs: 3_600_000 })))
    const cancels = slices([...all].reverse(), 40).map((part) => untilDone(() => t.engine.cancelJobs({ ids: part, reason: 'race' })))
    const [results, ...cancelled] = await Promise.all([deleteAll(t, all), ...cancels])
    for (const result of cancelled.flat()) assert.ok(['cancelled', 'missing'].includes(result), result)
    for (const result of results.values()) assert.equal(result, 'deleted')
    await agrees(t, all, results)
  }),

  on('deleteJobs', 'against retries', 'retrying and deleting the same ended jobs leaves no half ones', async (t) => {
    const all = ids(await t.insert(400))
    const worker = await t.worker()
    await worker.finishAll(await worker.take(400), 'dead')
    const retries = slices([...all].reverse(), 40).map((part) => untilDone(() => t.engine.retryJobs({ ids: part })))
    const dead = slices(all, 50).map((part) => untilDone(() => t.engine.deleteJobs({ ids: part, states: ['dead'] })))
    const [parts, retried] = await Promise.all([Promise.all(dead), Promise.all(retries)])
    const results = new Map(all.map((id, index) => [id, parts.flat()[index] ?? '']))
    const queued = [...all].reverse().filter((_, index) => retried.flat()[index] === 'queued')
    sameIds(
      queued,
      all.filter((id) => results.get(id) === 'changed'),
    )
    await agrees(t, all, results)
    sameIds(ids(await worker.take(400)), queued)
  }),

  on('deleteJobs', 'two at once', 'two that delete the same jobs delete each once', async (t) => {
    const all = ids(await t.insert(500, (index) => (index % 3 ? {} : { delayMs: 3_600_000 })))
    const [one, two] = await Promise.all([deleteAll(t, all), deleteAll(t, [...all].reverse())])
    for (const id of all) assert.deepEqual([one.get(id), two.get(id)].sort(), ['deleted', 'missing'])
    await agrees(t, all, one.size ? new Map(all.map((id) => [id, 'deleted'])) : one)
  }),
]
