/** Claiming when many do it: each job goes to one of them. */
import assert from 'node:assert/strict'
import { newToken } from '../../core/index.js'
import { type Bench, ids, sameIds } from './bench.js'
import { type Case, on, shared } from './case.js'
import { endOf, held, newWorker, TestWorker } from './worker.js'

/** Claim by these workers at once, in odd sizes, until all of them find nothing; the ids taken. */
export async function drain(workers: readonly TestWorker[], sizes: readonly number[]): Promise<string[]> {
  const taken: string[] = []
  const run = async (worker: TestWorker, start: number) => {
    for (let round = start; ; round++) {
      const claimed = await worker.claim(sizes[round % sizes.length])
      taken.push(...ids(claimed.jobs))
      if (claimed.jobs.length === 0 && !claimed.more) return
    }
  }
  await Promise.all(workers.map(run))
  return taken
}

async function atOnce(t: Bench, engines: readonly TestWorker['engine'][]): Promise<void> {
  const jobs = await t.insert(5000, (index) => ({ priority: index % 3 }))
  const workers = await Promise.all([0, 1, 2, 3].map((index) => t.worker({}, engines[index % engines.length])))
  sameIds(await drain(workers, [7, 230, 37, 100]), ids(jobs))
  assert.equal((await t.queue('q'))?.counts.running, 5000)
}

export const claimManyCases: readonly Case[] = [
  on('claim', 'odd sizes take each once', 'claims of 7, 37 and 230 take all of a thousand, each once and in order', async (t) => {
    const jobs = await t.insert(1000)
    const taken = await drain([await t.worker()], [7, 37, 230, 1])
    assert.deepEqual(taken, ids(jobs))
  }),

  on('claim', 'odd sizes take each once', 'jobs inserted in bulk between claims are taken, too', async (t) => {
    const worker = await t.worker()
    const all: string[] = []
    const taken: string[] = []
    for (const size of [7, 37, 230]) {
      all.push(...ids(await t.insert(1000)))
      for (let round = 0; round < 4; round++) taken.push(...ids(await worker.take(size)))
    }
    taken.push(...(await drain([worker], [230])))
    assert.deepEqual(taken, all)
  }),

  on('claim', 'claimers at once take each once', 'four claimers of one process share 5,000 jobs', (t) => atOnce(t, [t.engine])),

  on(
    'claim',
    'two engines at once take each once',
    'four claimers of two processes share 5,000 jobs',
    async (t) => atOnce(t, [t.engine, await t.second()]),
    shared,
  ),

  on('claim', 'claimers at once take each once', 'jobs inserted while others claim are all taken, each once', async (t) => {
    const workers = await Promise.all([t.worker(), t.worker(), t.worker()])
    const all: string[] = []
    const taken: string[] = []
    const insert = async () => {
      for (let round = 0; round < 30; round++) all.push(...ids(await t.insert(1 + ((round * 7) % 40))))
    }
    const claims = workers.map(async (worker) => {
      for (let round = 0; round < 30; round++) taken.push(...ids(await worker.take(17)))
    })
    await Promise.all([insert(), ...claims])
    taken.push(...(await drain(workers, [100])))
    sameIds(taken, all)
  }),

  on('claim', 'under a worker that is gone', 'a claim by a lost worker takes nothing, or what it takes is rescued', async (t) => {
    const jobs = await t.insert(5)
    const worker = await t.worker()
    assert.equal(await worker.lose(), true)
    await worker.claim().catch(() => undefined)
    await rescuedAll(t, ids(jobs))
  }),

  on('claim', 'under a worker that is gone', 'a claim by a worker that was never registered leaves nothing stuck', async (t) => {
    const jobs = await t.insert(5)
    const stranger = new TestWorker(t.engine, newWorker({ id: newToken() }))
    await stranger.claim({ starting: 0 }).catch(() => undefined)
    await rescuedAll(t, ids(jobs))
  }),

  on('claim', 'replay of one that was carried out', 'the same jobs are answered under the same claims, and no others taken', async (t) => {
    const jobs = await t.insert(10)
    const worker = await t.worker()
    const request = { limit: 4, starting: 4, lease: newToken() }
    const first = await worker.claim(request)
    const again = await worker.claim({ ...request, replay: true })
    assert.deepEqual(again.jobs, first.jobs)
    assert.equal((await t.queue('q'))?.counts.running, 4)
    assert.deepEqual(ids(await worker.take()), ids(jobs.slice(4)))
    assert.deepEqual(await worker.finishAll(held(again), 'succeeded'), { refused: [], cancelled: [] })
  }),

  on(
    'claim',
    'replay of one that was carried out',
    'jobs of the lease that have ended meanwhile are not answered, or refused later',
    async (t) => {
      await t.insert(2)
      const worker = await t.worker()
      const lease = newToken()
      const [first] = held(await worker.claim({ limit: 2, lease }))
      assert.ok(first)
      await worker.finish([endOf(first, 'succeeded')])
      const again = held(await worker.claim({ limit: 2, lease, replay: true }))
      const { refused } = await worker.finishAll(again, 'dead')
      assert.deepEqual(
        refused.map((index) => again[index]?.id),
        again.filter(({ id }) => id === first.id).map(({ id }) => id),
      )
      assert.equal(await t.state(first), 'succeeded')
    },
  ),

  on('claim', 'replay of one that was not', 'a replay of a claim that never arrived claims', async (t) => {
    const jobs = await t.insert(5)
    const worker = await t.worker()
    assert.deepEqual(ids(await worker.take({ limit: 3, replay: true })), ids(jobs.slice(0, 3)))
    assert.deepEqual(ids(await worker.take({ limit: 3, replay: true })), ids(jobs.slice(3)))
  }),

  on(
    'claim',
    'replay beside its first try',
    'a replay that comes while its first try is under way answers what the lease holds',
    async (t) => {
      const worker = await t.worker()
      for (let round = 0; round < 20; round++) {
        await t.insert(4)
        const request = { limit: 4, lease: newToken() }
        // The first try may lose, if it comes second: nobody waits for its answer any more.
        const [, again] = await Promise.allSettled([worker.claim(request), worker.claim({ ...request, replay: true })])
        assert.ok(again.status === 'fulfilled', `round ${round} fails: ${again.status === 'rejected' && again.reason}`)
        assert.equal((await t.queue('q'))?.counts.running, 4)
        assert.deepEqual(await worker.finishAll(held(again.value), 'succeeded'), { refused: [], cancelled: [] })
      }
    },
  ),
]

/** After a rescue the jobs can be claimed, from their lane or as suspects. */
async function rescuedAll(t: Bench, expected: readonly string[]): Promise<void> {
  await t.engine.rescueJobs({ limit: 100, maxCrashes: 3 })
  const taken = await (await t.worker()).take({ from: ['q', 'q/!'] })
  sameIds(ids(taken), expected)
}
