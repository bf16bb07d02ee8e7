/** Workers that go: by themselves, or declared lost by another. What they hold meanwhile. */
import assert from 'node:assert/strict'
import { newToken } from '../../core/index.js'
import { type Case, on } from './case.js'
import { endOf } from './worker.js'
import { listed } from './workers.js'

export const workerGoneCases: readonly Case[] = [
  on('retireWorker', 'stopped', 'a worker that went by itself is shown as stopped', async (t) => {
    const [gone, here] = [await t.worker(), await t.worker()]
    await gone.retire()
    await gone.retire()
    assert.deepEqual([(await listed(t, gone.id)).state, (await listed(t, here.id)).state], ['stopped', 'live'])
  }),

  on('retireWorker', 'rescued', 'what it still holds is rescued', async (t) => {
    await t.insert(3)
    const worker = await t.worker()
    await worker.claim({ limit: 3, starting: 0 })
    await worker.retire()
    assert.equal((await t.engine.rescueJobs({ limit: 10, maxCrashes: 3 })).requeued, 3)
    assert.equal((await (await t.worker()).take()).length, 3)
  }),

  on('retireWorker', 'unknown is no error', 'retiring a worker that never registered is no error', async (t) => {
    await t.engine.retireWorker({ worker: newToken() })
    assert.deepEqual(await t.engine.listWorkers(), [])
  }),

  on('listWorkers', 'none', 'a new store has none', async (t) => {
    assert.deepEqual(await t.engine.listWorkers(), [])
  }),

  on('listWorkers', 'holding', 'it tells how many jobs each holds', async (t) => {
    await t.insert(10)
    const [one, two, three] = [await t.worker(), await t.worker(), await t.worker()]
    const held = [...(await one.take(3)), ...(await one.take({ limit: 2, starting: 0 }))]
    await two.take(4)
    await one.finish(held.slice(0, 2).map((job) => endOf(job, 'succeeded')))
    const holding = await Promise.all([one, two, three].map(async (worker) => (await listed(t, worker.id)).holding))
    assert.deepEqual(holding, [3, 4, 0])
  }),

  on('watchWorker', 'stands', 'all who look at a counter that stands still watch together', async (t) => {
    const worker = await t.worker()
    const { beat } = await listed(t, worker.id)
    const watch = () => t.engine.watchWorker({ worker: worker.id, beat, maxGapMs: 60_000 })
    assert.equal(await watch(), 0)
    let last = 0
    for (let round = 0; round < 3; round++) {
      await t.tick(20)
      const watched = await watch()
      assert.ok(watched >= last + 15 && watched < 60_000, `${watched} after ${last}`)
      last = watched
    }
    assert.equal(await t.engine.beat({ worker: worker.id }), true)
    assert.equal(await watch(), 0)
    assert.equal(await t.engine.watchWorker({ worker: worker.id, beat: beat + 1, maxGapMs: 60_000 }), 0)
  }),

  on('watchWorker', 'gap', 'a look that comes too late begins anew', async (t) => {
    const worker = await t.worker()
    const { beat } = await listed(t, worker.id)
    for (let round = 0; round < 3; round++) {
      assert.equal(await t.engine.watchWorker({ worker: worker.id, beat, maxGapMs: 10 }), 0)
      await t.tick(20)
    }
  }),

  on('watchWorker', 'not there', 'a counter that has moved, and a worker that is gone, are not watched', async (t) => {
    const worker = await t.worker()
    const { beat } = await listed(t, worker.id)
    assert.equal(await t.engine.watchWorker({ worker: worker.id, beat: beat + 1, maxGapMs: 1000 }), 0)
    await worker.lose()
    assert.equal(await t.engine.watchWorker({ worker: worker.id, beat, maxGapMs: 1000 }), 0)
  }),

  on('watchWorker', 'unknown', 'nor is one that never registered', async (t) => {
    assert.equal(await t.engine.watchWorker({ worker: newToken(), beat: 0, maxGapMs: 1000 }), 0)
  }),

  on('loseWorkerIfSilent', 'lost', 'a worker whose counter stands still is declared lost', async (t) => {
    const worker = await t.worker()
    assert.equal(await worker.lose(), true)
    assert.equal((await listed(t, worker.id)).state, 'lost')
  }),

  on('loseWorkerIfSilent', 'not silent', 'a worker whose counter has moved is left alone', async (t) => {
    const worker = await t.worker()
    const { beat } = await listed(t, worker.id)
    await t.engine.beat({ worker: worker.id })
    assert.equal(await t.engine.loseWorkerIfSilent({ worker: worker.id, beat }), false)
    assert.equal(await t.engine.loseWorkerIfSilent({ worker: worker.id, beat: beat + 100 }), false)
    assert.equal((await listed(t, worker.id)).state, 'live')
  }),

  on('loseWorkerIfSilent', 'unknown', 'a worker that never registered is not lost', async (t) => {
    assert.equal(await t.engine.loseWorkerIfSilent({ worker: newToken(), beat: 0 }), false)
  }),

  on('loseWorkerIfSilent', 'two at once', 'a beat and a loss at once agree on who won', async (t) => {
    for (let round = 0; round < 20; round++) {
      const worker = await t.worker()
      const [lost, beat] = await Promise.all([worker.lose(), t.engine.beat({ worker: worker.id })])
      const { state } = await listed(t, worker.id)
      assert.equal(state, lost ? 'lost' : 'live')
      if (!lost) assert.equal(beat, true)
    }
  }),
]
