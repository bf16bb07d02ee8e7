/** Pruning: ended jobs go by the age of their state; nothing that lives is touched. */
import assert from 'node:assert/strict'
import { at, type Bench, ids, only } from './bench.js'
import { type Case, on, shared } from './case.js'
import { endOf, type Held } from './worker.js'

const HOUR = 3_600_000
const KEEP = { succeededMs: null, cancelledMs: null, deadMs: null }
const ALL = { succeededMs: 0, cancelledMs: 0, deadMs: 0 }

/** Walk to the end; how many were pruned, and in how many steps. */
async function prune(t: Bench, ages: Partial<typeof ALL | typeof KEEP>, limit = 100): Promise<{ pruned: number; steps: number }> {
  await t.tick()
  let pruned = 0
  let steps = 0
  let after: string | null = null
  do {
    const step: { pruned: number; next: string | null } = await t.engine.pruneJobs({
      ...KEEP,
      ...ages,
      limit,
      ...(after === null ? {} : { after }),
    })
    pruned += step.pruned
    after = step.next
    assert.ok(++steps < 1000, 'the walk comes to an end')
  } while (after !== null)
  return { pruned, steps }
}

/** One job of each end. */
async function oneOfEach(t: Bench): Promise<Held[]> {
  await t.insert(3)
  const worker = await t.worker()
  const jobs = await worker.take()
  const ends = [endOf(at(jobs, 0), 'succeeded'), endOf(at(jobs, 1), 'cancelled'), endOf(at(jobs, 2), 'dead')]
  await worker.finish(ends, { closing: [at(jobs, 0).lease] })
  return jobs
}

function prunesOnly(state: 'succeeded' | 'cancelled' | 'dead', index: number): Case {
  return on('pruneJobs', state, `of all ended jobs only those ${state} go when only they have an age`, async (t) => {
    const jobs = await oneOfEach(t)
    assert.equal((await prune(t, { [`${state}Ms`]: 0 })).pruned, 1)
    const kept = ['succeeded', 'cancelled', 'dead']
    kept[index] = 'missing'
    assert.deepEqual(await t.states(jobs), kept)
    assert.equal((await t.queue('q'))?.counts[state], 0)
  })
}

export const pruneCases: readonly Case[] = [
  prunesOnly('succeeded', 0),
  prunesOnly('cancelled', 1),
  prunesOnly('dead', 2),

  on('pruneJobs', 'cancelled', 'jobs that were cancelled while they waited go, too', async (t) => {
    const jobs = [await t.insertOne(), await t.insertOne({ delayMs: HOUR })]
    await t.engine.cancelJobs({ ids: ids(jobs), reason: null })
    assert.equal((await prune(t, { cancelledMs: 0 })).pruned, 2)
    assert.deepEqual(await t.states(jobs), ['missing', 'missing'])
  }),

  on('pruneJobs', 'null keeps', 'without an age a state is kept for ever', async (t) => {
    const jobs = await oneOfEach(t)
    assert.equal((await prune(t, KEEP)).pruned, 0)
    assert.deepEqual(await t.states(jobs), ['succeeded', 'cancelled', 'dead'])
  }),

  on('pruneJobs', 'age keeps', 'jobs that ended lately are kept', async (t) => {
    const jobs = await oneOfEach(t)
    assert.equal((await prune(t, { succeededMs: HOUR, cancelledMs: HOUR, deadMs: HOUR })).pruned, 0)
    assert.deepEqual(await t.states(jobs), ['succeeded', 'cancelled', 'dead'])
  }),

  on('pruneJobs', 'walks', 'it goes in steps and comes to an end', async (t) => {
    await t.insert(1000)
    const worker = await t.worker()
    const jobs = await worker.take(1000)
    await worker.finish(
      jobs.map((job, index) => endOf(job, index % 3 ? 'succeeded' : 'dead')),
      { closing: [at(jobs, 0).lease] },
    )
    const walked = await prune(t, { succeededMs: 0 }, 50)
    assert.equal(walked.pruned, 666)
    assert.ok(walked.steps > 5, 'a limit far below the work takes several steps')
    assert.equal((await prune(t, ALL, 50)).pruned, 334)
    assert.equal((await prune(t, ALL)).pruned, 0)
    assert.deepEqual((await t.engine.listJobs({ filter: {}, limit: 10 })).jobs, [])
  }),

  on('pruneJobs', 'live left alone', 'queued, scheduled, running and retrying jobs are never touched', async (t) => {
    await oneOfEach(t)
    await t.insert(4)
    const worker = await t.worker()
    const held = await worker.take(3)
    await worker.finish([endOf(at(held, 0), 'retrying', { delayMs: HOUR }), endOf(at(held, 1), 'returned')])
    const later = await t.insertOne({ delayMs: HOUR })
    const before = (await t.engine.listJobs({ filter: {}, limit: 100 })).jobs.filter((job) => job.endedAt === null)
    await prune(t, ALL)
    assert.deepEqual((await t.engine.listJobs({ filter: {}, limit: 100 })).jobs, before)
    assert.deepEqual(await t.states([...held, later]), ['scheduled', 'queued', 'running', 'scheduled'])
  }),

  on('pruneJobs', 'retried left alone', 'a job that was retried lives again, whatever its old end', async (t) => {
    const jobs = await oneOfEach(t)
    await t.engine.retryJobs({ ids: ids(jobs) })
    assert.equal((await prune(t, ALL)).pruned, 0)
    const again = await (await t.worker()).take(2)
    assert.equal(again.length, 2)
    assert.equal((await prune(t, ALL)).pruned, 0)
    for (const job of jobs) assert.equal((await t.job(job.id)).payload, '{}')
  }),

  on('pruneJobs', 'retried and ended again', 'the age that counts is that of the last end', async (t) => {
    const dead = at(await oneOfEach(t), 2)
    await t.engine.retryJobs({ ids: [dead.id] })
    const worker = await t.worker()
    await worker.finishAll([only(await worker.take())], 'succeeded')
    assert.equal((await prune(t, { deadMs: 0 })).pruned, 0)
    assert.equal(await t.state(dead), 'succeeded')
    assert.equal((await prune(t, { succeededMs: 0 })).pruned, 2)
    assert.equal(await t.state(dead), 'missing')
  }),

  on('pruneJobs', 'takes logs along', 'nothing of a pruned job stays, and its id may come again', async (t) => {
    const job = await t.insertOne()
    const worker = await t.worker()
    const { lease, id, claim, entry, ...rest } = only(await worker.take())
    const token = { lease, id, claim, entry }
    await t.engine.recordIfOwned({
      progress: [{ ...token, body: '1' }],
      logs: [{ ...token, level: 'info', line: 'x', at: 1 }],
      maxLines: 10,
    })
    await worker.finishAll([{ ...token, ...rest }], 'succeeded')
    await prune(t, ALL)
    assert.deepEqual(await t.engine.readLogs({ id, after: 0, limit: 10 }), [])
    assert.deepEqual(await t.engine.settledJobs({ ids: [id] }), [])
    assert.deepEqual(await t.engine.insertJobs({ jobs: [job] }), ['inserted'])
    const record = await t.job(id)
    assert.deepEqual([record.state, record.attempts, record.progress], ['queued', [], null])
  }),

  on(
    'pruneJobs',
    'two at once',
    'two processes that prune at once count each job once',
    async (t) => {
      const other = await t.second()
      await t.insert(200)
      const worker = await t.worker()
      await worker.finishAll(await worker.take(200), 'succeeded')
      await t.tick()
      const steps = await Promise.all([t.engine, other].map((engine) => engine.pruneJobs({ ...ALL, limit: 1000 })))
      const rest = await prune(t, ALL)
      assert.equal(
        steps.reduce((sum, step) => sum + step.pruned, rest.pruned),
        200,
      )
    },
    shared,
  ),

  on('pruneJobs', 'workers gone lately stay', 'workers that went within the day can still be seen', async (t) => {
    const [lost, stopped, live] = [await t.worker(), await t.worker(), await t.worker()]
    await lost.lose()
    await stopped.retire()
    await prune(t, ALL)
    const states = new Map((await t.engine.listWorkers()).map((worker) => [worker.id, worker.state]))
    assert.deepEqual([states.get(lost.id), states.get(stopped.id), states.get(live.id)], ['lost', 'stopped', 'live'])
  }),
]
