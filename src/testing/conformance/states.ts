/** Acting on jobs only in the states that were asked for: what was listed may have moved on before the act. */
import assert from 'node:assert/strict'
import { JOB_STATES, type JobState, newId } from '../../core/index.js'
import type { Engine } from '../../engine/index.js'
import { type Bench, ids, only, sameIds, untilDone } from './bench.js'
import { type Case, on } from './case.js'
import { endOf } from './worker.js'

const HOUR = 3_600_000
const PLACES = ['scheduled', 'queued', 'running', 'succeeded', 'dead', 'cancelled'] as const

/** One job in each state; every one but the first two has a lease of its own. */
async function oneOfEach(t: Bench): Promise<Record<(typeof PLACES)[number], string>> {
  const worker = await t.worker()
  const made: Partial<Record<JobState, string>> = {}
  for (const state of ['running', 'succeeded', 'dead', 'cancelled'] as const) {
    made[state] = (await t.insertOne()).id
    const job = only(await worker.take())
    if (state !== 'running') await worker.finishAll([job], state)
  }
  const scheduled = (await t.insertOne({ delayMs: HOUR })).id
  return { ...made, scheduled, queued: (await t.insertOne()).id } as Record<(typeof PLACES)[number], string>
}

type Act = (engine: Engine, ids: readonly string[], states?: readonly JobState[]) => Promise<readonly string[]>

const cancel: Act = (engine, some, states) => engine.cancelJobs({ ids: some, reason: null, ...(states ? { states } : {}) })
const retry: Act = (engine, some, states) => engine.retryJobs({ ids: some, ...(states ? { states } : {}) })

/** What each answers of a job in the state that was asked for. */
const ANSWERS = {
  cancelJobs: { scheduled: 'cancelled', queued: 'cancelled', running: 'requested', succeeded: 'ended', dead: 'ended', cancelled: 'ended' },
  retryJobs: { scheduled: 'queued', queued: 'live', running: 'live', succeeded: 'queued', dead: 'queued', cancelled: 'queued' },
} as const
const ACTS = { cancelJobs: cancel, retryJobs: retry }

function guards(method: 'cancelJobs' | 'retryJobs'): Case[] {
  const act = ACTS[method]
  return [
    on(method, 'changed', 'a job that is in none of the states asked for is left as it is', async (t) => {
      const jobs = await oneOfEach(t)
      const before = (await t.queue('q'))?.counts
      for (const [state, id] of Object.entries(jobs)) {
        const others = JOB_STATES.filter((one) => one !== state)
        assert.deepEqual(await act(t.engine, [id], others), ['changed'], `${state}, all others asked for`)
        assert.deepEqual(await act(t.engine, [id], []), ['changed'], `${state}, none asked for`)
        const record = await t.job(id)
        assert.deepEqual([record.state, record.cancelRequested], [state, false])
      }
      assert.deepEqual((await t.queue('q'))?.counts, before)
      assert.deepEqual(await act(t.engine, [newId(), 'nonsense'], ['dead']), ['missing', 'missing'])
    }),

    on(method, 'in a state asked for', 'a job that is in one of the states asked for is acted on', async (t) => {
      const jobs = await oneOfEach(t)
      for (const state of PLACES) {
        assert.deepEqual(await act(t.engine, [jobs[state]], [state]), [ANSWERS[method][state]], state)
      }
    }),

    on(method, 'named twice', 'an id that is named twice has one result, with states and without', async (t) => {
      const dead = async () => {
        await t.insertOne()
        const worker = await t.worker()
        const job = only(await worker.take())
        await worker.finishAll([job], 'dead')
        return job.id
      }
      const make = method === 'retryJobs' ? dead : async () => (await t.insertOne()).id
      const [state, answer] = method === 'retryJobs' ? (['dead', 'queued'] as const) : (['queued', 'cancelled'] as const)
      for (const states of [undefined, [state]]) {
        const id = await make()
        assert.deepEqual(await act(t.engine, [id, newId(), id], states), [answer, 'missing', answer])
        if (method === 'retryJobs') await t.engine.cancelJobs({ ids: [id], reason: null })
      }
    }),
  ]
}

export const stateCases: readonly Case[] = [
  ...guards('cancelJobs'),
  ...guards('retryJobs'),

  on('cancelJobs', 'queued only, against claims', 'no job that has been claimed is cancelled as a queued one', async (t) => {
    const all = ids(await t.insert(600))
    const workers = await Promise.all([t.worker(), t.worker()])
    const claims = workers.map(async (worker) => {
      const taken: string[] = []
      for (let round = 0; round < 12; round++) taken.push(...ids(await worker.take(17)))
      return taken
    })
    const cancels = [0, 1, 2, 3].map((part) => {
      const some = all.filter((_, index) => index % 4 === part).reverse()
      return untilDone(() => cancel(t.engine, some, ['queued'])).then((results) => some.map((id, index) => [id, results[index]] as const))
    })
    const [answers, ...lists] = await Promise.all([Promise.all(cancels), ...claims])
    const results = new Map(answers.flat())
    const taken = lists.flat()
    sameIds(
      taken,
      all.filter((id) => results.get(id) === 'changed'),
    )
    for (const id of taken) assert.equal((await t.job(id)).cancelRequested, false)
    const counts = (await t.queue('q'))?.counts
    assert.deepEqual([counts?.cancelled, counts?.running, counts?.queued], [all.length - taken.length, taken.length, 0])
  }),

  on('retryJobs', 'dead only, ran meanwhile', 'a job that was redriven and has succeeded since is not run again', async (t) => {
    const all = ids(await t.insert(60))
    const worker = await t.worker()
    await worker.finishAll(await worker.take(60), 'dead')
    const runs = new Map<string, number>()
    // Two operators work through the same list while a worker runs what they bring back.
    const operators = [all, [...all].reverse()].map(async (list) => {
      const results: string[] = []
      for (let from = 0; from < list.length; from += 5) {
        results.push(...(await untilDone(() => retry(t.engine, list.slice(from, from + 5), ['dead']))))
      }
      return results
    })
    const working = (async () => {
      while (runs.size < all.length) {
        const jobs = await worker.take(7)
        for (const { id } of jobs) runs.set(id, (runs.get(id) ?? 0) + 1)
        await worker.finish(jobs.map((job) => endOf(job, 'succeeded')))
      }
    })()
    const results = (await Promise.all([...operators, working.then(() => [])])).flat()
    assert.equal(results.filter((result) => result === 'queued').length, all.length)
    assert.equal(results.filter((result) => result === 'changed').length, all.length)
    assert.deepEqual(await worker.take(), [])
    assert.ok([...runs.values()].every((count) => count === 1))
  }),

  on('retryJobs', 'scheduled, ends meanwhile', 'a job whose run ends in a retry while it is retried stands in one place', async (t) => {
    const all = ids(await t.insert(200))
    const worker = await t.worker()
    const held = await worker.take(200)
    const finishing = Array.from({ length: 20 }, (_, part) =>
      worker.finish(held.slice(part * 10, part * 10 + 10).map((job) => endOf(job, 'retrying', { delayMs: HOUR }))),
    )
    const retries = Array.from({ length: 20 }, (_, part) => untilDone(() => retry(t.engine, all.slice(part * 10, part * 10 + 10))))
    const [results] = await Promise.all([Promise.all(retries), ...finishing])
    const queued = all.filter((_, index) => results.flat()[index] === 'queued')
    const counts = (await t.queue('q'))?.counts
    assert.deepEqual([counts?.queued, counts?.scheduled, counts?.running], [queued.length, all.length - queued.length, 0])
    sameIds(ids(await worker.take(300)), queued)
    assert.equal((await t.engine.promoteDue({ limit: 1000, aheadMs: 2 * HOUR })).promoted, all.length - queued.length)
  }),
]
