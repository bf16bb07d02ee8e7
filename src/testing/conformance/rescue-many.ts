/** Rescue in steps, by several, and beside work that goes on: nothing comes back twice, nothing stays behind. */
import assert from 'node:assert/strict'
import { suspectLane } from '../../core/index.js'
import { at, ids, sameIds } from './bench.js'
import { type Case, on, shared } from './case.js'
import { drain } from './claim-many.js'
import { type ClaimOptions, endOf } from './worker.js'

export const rescueManyCases: readonly Case[] = [
  on('rescueJobs', 'limit', 'rescue goes in steps until it is done', async (t) => {
    const jobs = await t.insert(500)
    for (const size of [7, 100, 37, 356]) {
      const worker = await t.worker()
      await worker.claim({ limit: size, starting: 0 })
      await worker.retire()
    }
    let requeued = 0
    let steps = 0
    for (let done = false; !done; steps++) {
      assert.ok(steps < 500, 'rescue comes to an end')
      const step = await t.engine.rescueJobs({ limit: 50, maxCrashes: 3 })
      requeued += step.requeued
      done = step.done
    }
    assert.equal(requeued, 500)
    assert.ok(steps > 1, 'a limit far below the work takes several steps')
    assert.deepEqual(await drain([await t.worker()], [230]), ids(jobs))
  }),

  on(
    'rescueJobs',
    'two at once',
    'two processes that rescue at once give each job back once',
    async (t) => {
      const other = await t.second()
      const jobs = await t.insert(300)
      for (let round = 0; round < 6; round++) {
        const worker = await t.worker()
        await worker.claim({ limit: 50, starting: 0 })
        await worker.retire()
      }
      let requeued = 0
      const sweep = async (engine: typeof other) => {
        for (let done = false; !done; ) {
          const step = await engine.rescueJobs({ limit: 40, maxCrashes: 3 })
          requeued += step.requeued
          done = step.done
        }
      }
      await Promise.all([sweep(t.engine), sweep(other)])
      await sweep(t.engine)
      assert.equal(requeued, 300)
      sameIds(await drain([await t.worker()], [100]), ids(jobs))
      assert.equal((await t.job(at(jobs, 0).id)).attempts.length, 1)
    },
    shared,
  ),

  on('finishIfOwned', 'started beside others', 'a job that began alone and then had company did not crash alone', async (t) => {
    const job = await t.insertOne()
    const worker = await t.worker()
    const { lease } = await worker.claim({ limit: 1, alone: true })
    await worker.finish([], { started: [{ lease, count: 1, shared: true }] })
    await worker.lose()
    const rescued = await t.engine.rescueJobs({ limit: 10, maxCrashes: 1 })
    assert.deepEqual([rescued.dead, rescued.requeued], [[], 1])
    assert.equal((await t.job(job.id)).attempts[0]?.end, 'lost-running')
  }),

  on('finishIfOwned', 'started counts', 'an older message cannot take a start back', async (t) => {
    await t.insert(3)
    const worker = await t.worker()
    const held = await worker.take({ limit: 3, starting: 2 })
    const { lease } = at(held, 0)
    for (const count of [3, 1]) await worker.finish([], { started: [{ lease, count }] })
    await worker.lose()
    await t.engine.rescueJobs({ limit: 10, maxCrashes: 3 })
    for (const job of await (await t.worker()).take()) assert.equal(job.used, 1)
  }),

  on('finishIfOwned', 'started: lease lost', "whoever tells of a start hears that the lease is gone, or another worker's", async (t) => {
    await t.insert(4)
    const [gone, other] = [await t.worker(), await t.worker()]
    const lost = await gone.claim({ limit: 1, starting: 0 })
    const kept = await other.claim({ limit: 1, starting: 0 })
    await gone.lose()
    await t.engine.rescueJobs({ limit: 10, maxCrashes: 3 })
    const started = [lost, kept].map(({ lease }) => ({ lease, count: 1 }))
    assert.deepEqual((await other.finish([], { started })).lost, [lost.lease])
    assert.deepEqual(new Set((await gone.finish([], { started })).lost), new Set([lost.lease, kept.lease]))
    assert.equal((await other.finish([], { started: [{ lease: kept.lease, count: 1 }] })).lost, undefined)
  }),

  on('rescueJobs', 'cancel asked', 'a cancel that a rescue carried out does not return with the next life', async (t) => {
    const { id } = await t.insertOne()
    const crash = async () => {
      const worker = await t.worker()
      await worker.claim({ limit: 1, starting: 0 })
      if (!(await t.job(id)).attempts.length) await t.engine.cancelJobs({ ids: [id], reason: 'old' })
      await worker.lose()
      return t.engine.rescueJobs({ limit: 10, maxCrashes: 3 })
    }
    assert.equal((await crash()).cancelled, 1)
    await t.engine.retryJobs({ ids: [id] })
    assert.deepEqual((await crash()).requeued, 1)
  }),

  on('retryJobs', 'old crashes forgotten', 'a job that was retried has the same patience again', async (t) => {
    const { id } = await t.insertOne({ maxAttempts: 100 })
    const crash = async (options: ClaimOptions) => {
      const worker = await t.worker()
      assert.equal((await worker.take(options)).length, 1)
      await worker.lose()
      return t.engine.rescueJobs({ limit: 10, maxCrashes: 2 })
    }
    const alone = { limit: 1, from: [suspectLane('q')], alone: true }
    for (let life = 0; life < 2; life++) {
      for (let loss = 0; loss < 2; loss++) assert.deepEqual((await crash(1)).dead, [])
      assert.deepEqual((await crash(alone)).dead, [])
      assert.deepEqual((await crash(alone)).dead, [id])
      assert.deepEqual(await t.engine.retryJobs({ ids: [id] }), ['queued'])
    }
  }),

  on('rescueJobs', 'live workers left alone', 'only what gone workers hold is given back', async (t) => {
    await t.insert(4)
    const [here, gone] = [await t.worker(), await t.worker()]
    const mine = await here.take(2)
    await gone.take({ limit: 2, starting: 0 })
    await gone.lose()
    assert.equal((await t.engine.rescueJobs({ limit: 100, maxCrashes: 3 })).requeued, 2)
    assert.deepEqual(await t.states(mine), ['running', 'running'])
    assert.deepEqual(await here.finishAll(mine, 'succeeded'), { refused: [], cancelled: [] })
  }),

  on('rescueJobs', 'finished left alone', 'what the lease had finished is not given back', async (t) => {
    await t.insert(6)
    const worker = await t.worker()
    const jobs = await worker.take({ limit: 6, starting: 0 })
    const kinds = ['succeeded', 'dead', 'cancelled', 'retrying'] as const
    await worker.finish(kinds.map((end, index) => endOf(at(jobs, index), end, end === 'retrying' ? { delayMs: 1_000_000 } : {})))
    await worker.lose()
    assert.equal((await t.engine.rescueJobs({ limit: 100, maxCrashes: 3 })).requeued, 2)
    assert.deepEqual(await t.states(jobs), ['succeeded', 'dead', 'cancelled', 'scheduled', 'queued', 'queued'])
    assert.deepEqual(ids(await (await t.worker()).take()), ids(jobs.slice(4)))
  }),

  on('rescueJobs', 'finished left alone', 'nor is what it returned and another worker now runs', async (t) => {
    await t.insert(2)
    const [gone, other] = [await t.worker(), await t.worker()]
    const jobs = await gone.take({ limit: 2, starting: 0 })
    await gone.finish([endOf(at(jobs, 0), 'returned')])
    const taken = await other.take()
    await gone.lose()
    assert.equal((await t.engine.rescueJobs({ limit: 100, maxCrashes: 3 })).requeued, 1)
    assert.deepEqual(ids(await (await t.worker()).take()), [at(jobs, 1).id])
    assert.deepEqual(await other.finishAll(taken, 'succeeded'), { refused: [], cancelled: [] })
  }),

  on('rescueJobs', 'lanes', 'the lanes that have something to claim now are named, each once', async (t) => {
    await t.insert(4, (index) => ({ queue: index < 2 ? 'a' : 'b' }))
    for (const expected of [
      ['a', 'b'],
      [suspectLane('a'), 'a', 'b'],
    ]) {
      const worker = await t.worker()
      await worker.claim({ limit: 4, starting: 1, from: ['a', 'b'] })
      await worker.lose()
      sameIds((await t.engine.rescueJobs({ limit: 100, maxCrashes: 3 })).lanes, expected)
    }
  }),

  on('rescueJobs', 'against a finish at once', 'a job that is finished and rescued at once is one or the other', async (t) => {
    const jobs = await t.insert(300)
    const worker = await t.worker()
    const held = await worker.take({ limit: 300, starting: 0 })
    await worker.lose()
    const finishes = Array.from({ length: 10 }, async (_, slice) => {
      const part = held.slice(slice * 30, slice * 30 + 30)
      const { refused } = await worker.finish(part.map((job) => endOf(job, 'succeeded')))
      return part.filter((_, index) => !refused.includes(index))
    })
    const sweep = async () => {
      for (let done = false; !done; ) done = (await t.engine.rescueJobs({ limit: 50, maxCrashes: 3 })).done
    }
    const [accepted] = await Promise.all([Promise.all(finishes), sweep()])
    await sweep()
    const again = await drain([await t.worker()], [100])
    sameIds([...again, ...ids(accepted.flat())], ids(jobs))
    assert.equal((await t.queue('q'))?.counts.succeeded, accepted.flat().length)
  }),
]
