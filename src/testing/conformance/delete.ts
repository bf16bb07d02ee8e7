/** Deleting jobs by id: from every place, with everything, and nothing of them comes back. */
import assert from 'node:assert/strict'
import { JOB_STATES, kindLane, newId, suspectLane } from '../../core/index.js'
import { at, type Bench, ids, only } from './bench.js'
import { type Case, on } from './case.js'
import { endOf, type Held } from './worker.js'

const HOUR = 3_600_000

type Some = readonly { readonly id: string }[]

const remove = (t: Bench, jobs: Some) => t.engine.deleteJobs({ ids: ids(jobs) })

/** The job is deleted, and nothing is left of it anywhere that can be looked at. */
async function deletes(t: Bench, job: { readonly id: string }): Promise<void> {
  assert.deepEqual(await remove(t, [job]), ['deleted'])
  assert.equal(await t.engine.getJob({ id: job.id }), null)
  assert.deepEqual(await t.engine.settledJobs({ ids: [job.id] }), [])
  assert.deepEqual(await t.engine.readLogs({ id: job.id, after: 0, limit: 10 }), [])
  for (const state of [undefined, ...JOB_STATES]) {
    const { jobs } = await t.engine.listJobs({ filter: state ? { state } : {}, limit: 100 })
    assert.ok(!ids(jobs).includes(job.id), `listed as ${state}`)
  }
  assert.deepEqual(await remove(t, [job]), ['missing'])
}

/** All counts of queue q that are not zero. */
async function counts(t: Bench): Promise<Record<string, number>> {
  const counted: Record<string, number> = (await t.queue('q'))?.counts ?? {}
  return Object.fromEntries(Object.entries(counted).filter(([, count]) => count !== 0))
}

async function take(t: Bench, from: readonly string[]): Promise<string[]> {
  return ids(await (await t.worker()).take({ from }))
}

/** One job of a lease of three has ended; the lease is still open. */
async function endedInOpenLease(t: Bench, end: 'succeeded' | 'dead' | 'retrying') {
  await t.insert(3)
  const worker = await t.worker()
  const held = await worker.take()
  const report = endOf(at(held, 1), end, end === 'retrying' ? { delayMs: HOUR } : {})
  await worker.finish([report])
  return { worker, held, ended: at(held, 1), report }
}

const waiting: readonly Case[] = [
  on('deleteJobs', 'deleted: queued', 'a queued job is deleted and not claimed', async (t) => {
    await deletes(t, await t.insertOne())
    assert.deepEqual([await take(t, ['q']), await counts(t)], [[], {}])
  }),

  on('deleteJobs', 'deleted: scheduled', 'a scheduled job is deleted and never due', async (t) => {
    await deletes(t, await t.insertOne({ delayMs: HOUR }))
    assert.deepEqual(await t.engine.promoteDue({ limit: 10, aheadMs: 2 * HOUR }), { promoted: 0, lanes: [], nextDueMs: null })
    assert.deepEqual(await counts(t), {})
  }),

  on('deleteJobs', 'deleted: retrying', 'a job that waits for its retry is deleted, now or later', async (t) => {
    for (const delayMs of [0, HOUR]) {
      await t.insertOne()
      const worker = await t.worker()
      const job = only(await worker.take())
      await worker.finishAll([job], 'retrying', { delayMs })
      await deletes(t, job)
      assert.deepEqual([await take(t, ['q']), await counts(t)], [[], {}])
    }
  }),

  on('deleteJobs', 'deleted: kind and suspect lane', 'a job in a lane beside its queue is deleted', async (t) => {
    for (const lane of [kindLane('q', 'k'), suspectLane('q')]) {
      await t.insertOne()
      const worker = await t.worker()
      const job = only(await worker.take())
      await worker.finishAll([job], 'returned', { lane })
      await deletes(t, job)
      assert.deepEqual([await take(t, [lane]), await counts(t)], [[], {}])
    }
  }),

  on('deleteJobs', 'others keep their places', 'those between and beside deleted ones run in their order', async (t) => {
    const jobs = await t.insert(250, (index) => ({ priority: index % 2 }))
    const gone = jobs.filter((_, index) => index % 3 === 0 || (index > 90 && index < 140))
    const stay = jobs.filter((job) => !gone.includes(job))
    assert.ok((await remove(t, gone)).every((result) => result === 'deleted'))
    const order = [...stay.filter(({ priority }) => priority === 0), ...stay.filter(({ priority }) => priority === 1)]
    const worker = await t.worker()
    const first = await worker.take({ limit: 7 })
    assert.deepEqual(ids([...first, ...(await worker.take({ limit: 500 }))]), ids(order))
  }),
]

const ended: readonly Case[] = [
  ...(['succeeded', 'dead', 'cancelled'] as const).map((state) =>
    on('deleteJobs', `deleted: ${state}`, `a job that has ended ${state} is deleted`, async (t) => {
      await t.insertOne()
      const worker = await t.worker()
      const job = only(await worker.take())
      await worker.finishAll([job], state, { body: '{"message":"x"}' })
      await deletes(t, job)
      assert.deepEqual(await counts(t), {})
    }),
  ),

  on('deleteJobs', 'deleted: with all that is kept', 'progress, log lines and references go along', async (t) => {
    const extras = { reference: { invoice: '1' }, tags: ['a'], correlationId: 'c' }
    const job = await t.insertOne({ extras })
    const worker = await t.worker()
    const held = only(await worker.take())
    await t.engine.recordIfOwned({
      progress: [{ ...held, body: '{"done":1}' }],
      logs: [{ ...held, level: 'info', line: 'a', at: 1 }],
      maxLines: 10,
    })
    await worker.finishAll([held], 'dead')
    await deletes(t, job)
    assert.deepEqual(await t.engine.insertJobs({ jobs: [t.newJob({ id: job.id, extras })] }), ['inserted'])
    const again = await t.job(job.id)
    assert.deepEqual([again.progress, again.attempts, again.extras?.reference], [null, [], { invoice: '1' }])
    assert.deepEqual(await t.engine.readLogs({ id: job.id, after: 0, limit: 10 }), [])
  }),

  on('deleteJobs', 'deleted: its lease still open', 'a job whose lease is open for the sake of others is deleted', async (t) => {
    for (const end of ['succeeded', 'dead', 'retrying'] as const) {
      const { held, ended } = await endedInOpenLease(t, end)
      await deletes(t, ended)
      assert.deepEqual(await t.states(held), ['running', 'missing', 'running'])
    }
    assert.deepEqual(await counts(t), { running: 6 })
    assert.deepEqual(
      (await t.engine.listWorkers()).map(({ holding }) => holding),
      [2, 2, 2],
    )
  }),

  on('deleteJobs', 'late reports create nothing', 'a late end, progress or line of a deleted job is refused', async (t) => {
    const { worker, held, ended, report } = await endedInOpenLease(t, 'succeeded')
    await deletes(t, ended)
    for (const more of [{}, { end: 'dead' as const }, { end: 'retrying' as const, delayMs: 0 }]) {
      assert.deepEqual(await worker.finish([{ ...report, ...more }]), { refused: [0], cancelled: [] })
    }
    const refused = await t.engine.recordIfOwned({
      progress: [{ ...ended, body: '1' }],
      logs: [{ ...ended, level: 'info', line: 'a', at: 1 }],
      maxLines: 10,
    })
    assert.deepEqual(refused, [ended.id])
    assert.deepEqual(await counts(t), { running: 2 })
    assert.deepEqual(await worker.finishAll(held, 'succeeded'), { refused: [1], cancelled: [] })
    assert.deepEqual([await t.states(held), await counts(t)], [['succeeded', 'missing', 'succeeded'], { succeeded: 2 }])
    assert.deepEqual(await worker.finish([report]), { refused: [0], cancelled: [] })
  }),

  on('deleteJobs', 'lease closes without it', 'the lease of a deleted job closes with the ends of the others', async (t) => {
    const { worker, held, ended } = await endedInOpenLease(t, 'dead')
    await deletes(t, ended)
    await worker.finishAll([at(held, 0)], 'succeeded')
    assert.deepEqual(await t.states(held), ['succeeded', 'missing', 'running'])
    await worker.finishAll([at(held, 2)], 'succeeded')
    const { lost } = await worker.finish([], { started: [{ lease: ended.lease, count: 3 }] })
    assert.deepEqual(lost, [ended.lease])
  }),

  on('deleteJobs', 'rescue does not invent it', 'rescue gives back the others of its lease, and not the deleted job', async (t) => {
    const { worker, held, ended } = await endedInOpenLease(t, 'succeeded')
    await deletes(t, ended)
    await worker.lose()
    const { requeued, dead } = await t.engine.rescueJobs({ limit: 100, maxCrashes: 3 })
    assert.deepEqual([requeued, dead], [2, []])
    assert.deepEqual([await t.states(held), await counts(t)], [['queued', 'missing', 'queued'], { queued: 2 }])
    assert.deepEqual(await take(t, ['q']), ids([at(held, 0), at(held, 2)]))
  }),
]

const refused: readonly Case[] = [
  on('deleteJobs', 'running', 'a job that a worker holds is left, whatever states are asked for', async (t) => {
    const [job] = await t.insert(1)
    const worker = await t.worker()
    const held = await worker.take()
    assert.ok(job)
    assert.deepEqual(await remove(t, [job]), ['running'])
    assert.deepEqual(await t.engine.deleteJobs({ ids: [job.id], states: ['queued', 'dead'] }), ['running'])
    assert.deepEqual(await t.engine.deleteJobs({ ids: [job.id], states: [...JOB_STATES] }), ['running'])
    assert.deepEqual(await worker.finishAll(held, 'succeeded'), { refused: [], cancelled: [] })
    assert.deepEqual(await counts(t), { succeeded: 1 })
  }),

  on('deleteJobs', 'running again', 'a job that runs again after an end, its first lease still open, is left', async (t) => {
    for (const end of ['retrying', 'dead'] as const) {
      const job = await t.insertOne()
      await t.insertOne()
      const worker = await t.worker()
      const first = await worker.take()
      await worker.finish([endOf(at(first, 0), end)])
      if (end === 'dead') await t.engine.retryJobs({ ids: [job.id] })
      const again = only(await worker.take())
      assert.deepEqual(await remove(t, [job]), ['running'])
      await worker.finishAll([again, at(first, 1)], 'succeeded')
      await deletes(t, job)
    }
  }),

  on('deleteJobs', 'changed', 'a job in none of the asked states is left', async (t) => {
    const queued = await t.insertOne()
    const scheduled = await t.insertOne({ delayMs: HOUR })
    const worker = await t.worker()
    const dead = await t.insertOne({ queue: 'r' })
    await worker.finishAll(await worker.take({ from: ['r'] }), 'dead')
    const all = ids([queued, scheduled, dead])
    const results = (states: readonly (typeof JOB_STATES)[number][]) => t.engine.deleteJobs({ ids: all, states })
    assert.deepEqual(await results([]), ['changed', 'changed', 'changed'])
    assert.deepEqual(await results(['succeeded', 'cancelled']), ['changed', 'changed', 'changed'])
    assert.deepEqual(await results(['dead', 'running']), ['changed', 'changed', 'deleted'])
    assert.deepEqual(await results(['scheduled', 'queued']), ['deleted', 'deleted', 'missing'])
  }),

  on('deleteJobs', 'missing', 'an id that no job has is missing, well-formed or not', async (t) => {
    assert.deepEqual(await t.engine.deleteJobs({ ids: [newId(), 'nonsense', ''] }), ['missing', 'missing', 'missing'])
    assert.deepEqual(await t.engine.deleteJobs({ ids: [] }), [])
  }),

  on('deleteJobs', 'order of results', 'results stand in the order of the ids, the same for one that is named twice', async (t) => {
    const jobs = await t.insert(3)
    const held = only(await (await t.worker()).take(1))
    const asked = [newId(), ...ids(jobs).reverse(), at(jobs, 2).id]
    assert.equal(held.id, at(jobs, 0).id)
    assert.deepEqual(await t.engine.deleteJobs({ ids: asked }), ['missing', 'deleted', 'deleted', 'running', 'deleted'])
  }),
]

/** Eight of each, over two queues. */
async function eightOfEach(t: Bench): Promise<Held[]> {
  const worker = await t.worker()
  const all: Held[] = []
  for (const end of ['succeeded', 'dead', 'cancelled'] as const) {
    await t.insert(8, (index) => ({ queue: index % 2 ? 'q' : 'r' }))
    const held = await worker.take({ from: ['q', 'r'] })
    await worker.finishAll(held, end)
    all.push(...held)
  }
  return all
}

const many: readonly Case[] = [
  on('deleteJobs', 'counts follow', 'counts of every queue and state follow', async (t) => {
    const gone = await eightOfEach(t)
    const jobs = await t.insert(8, (index) => ({ queue: index % 2 ? 'q' : 'r', ...(index < 4 ? { delayMs: HOUR } : {}) }))
    assert.deepEqual(await counts(t), { succeeded: 4, dead: 4, cancelled: 4, queued: 2, scheduled: 2 })
    await t.engine.deleteJobs({ ids: ids(gone), states: ['dead'] })
    assert.deepEqual(await counts(t), { succeeded: 4, cancelled: 4, queued: 2, scheduled: 2 })
    await t.engine.deleteJobs({ ids: ids([...gone, ...jobs]) })
    const left = (await t.engine.listQueues()).flatMap((queue) => Object.values(queue.counts)).filter((count) => count !== 0)
    assert.deepEqual(left, [])
  }),

  on('deleteJobs', 'a thousand at once', 'a thousand jobs in all states go in one call', async (t) => {
    const worker = await t.worker()
    const jobs = await t.insert(1200, (index) => (index % 4 === 3 ? { delayMs: HOUR } : {}))
    const held = await worker.take({ limit: 500 })
    await worker.finish(
      held.slice(0, 400).map((job, index) => endOf(job, (['succeeded', 'dead', 'cancelled', 'retrying'] as const)[index % 4] ?? 'dead')),
    )
    const results = await remove(t, jobs.slice(0, 1000))
    const running = new Set(ids(held.slice(400)))
    for (const [index, job] of jobs.slice(0, 1000).entries()) {
      assert.equal(results[index], running.has(job.id) ? 'running' : 'deleted')
    }
    const kept = ids(jobs).filter((id, index) => running.has(id) || index >= 1000)
    const listed = await t.engine.listJobs({ filter: {}, limit: 1000 })
    assert.deepEqual(ids(listed.jobs).sort(), kept.sort())
    assert.deepEqual(await counts(t), { running: 100, queued: 150, scheduled: 50 })
  }),

  on('deleteJobs', 'enqueued again', 'a deleted id is free: it is enqueued again and begins anew', async (t) => {
    const { worker, held, ended, report } = await endedInOpenLease(t, 'dead')
    await deletes(t, ended)
    assert.deepEqual(await t.engine.insertJobs({ jobs: [t.newJob({ id: ended.id })] }), ['inserted'])
    const again = only(await worker.take())
    assert.deepEqual([again.id, again.claim, again.used], [ended.id, 1, 0])
    assert.deepEqual(await worker.finish([report]), { refused: [0], cancelled: [] })
    assert.equal(await t.state(again), 'running')
    assert.deepEqual(await worker.finishAll([again, at(held, 0), at(held, 2)], 'succeeded'), { refused: [], cancelled: [] })
    assert.equal((await t.job(again.id)).attempts.length, 1)
    assert.deepEqual(await counts(t), { succeeded: 3 })
  }),
]

export const deleteCases: readonly Case[] = [...waiting, ...ended, ...refused, ...many]
