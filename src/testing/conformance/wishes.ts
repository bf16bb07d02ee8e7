/** What operators want of workers: said once, told by the pulse, shown in the list. */
import assert from 'node:assert/strict'
import { newToken } from '../../core/index.js'
import type { Hint, WorkerWish } from '../../engine/index.js'
import { type Bench, until } from './bench.js'
import { type Case, on } from './case.js'
import type { TestWorker } from './worker.js'

const told = async ({ engine, id }: TestWorker): Promise<WorkerWish | null> => (await engine.pulse({ worker: id, queues: [] })).wish
const say = (t: Bench, worker: TestWorker, wish: WorkerWish | null) => t.engine.wishWorker({ worker: worker.id, wish })

export const wishCases: readonly Case[] = [
  on('pulse', 'no wish', 'a worker of whom nothing is wanted is told so', async (t) => assert.equal(await told(await t.worker()), null)),

  ...(['quiet', 'stop'] as const).map((wish) =>
    on('pulse', wish, `a worker that is to ${wish === 'stop' ? 'stop' : 'be quiet'} is told at every pulse`, async (t) => {
      const [worker, other] = [await t.worker(), await t.worker()]
      assert.equal(await say(t, worker, wish), true)
      assert.deepEqual([await told(worker), await told(worker), await told(other)], [wish, wish, null])
      assert.equal(await t.engine.beat({ worker: worker.id }), true)
      assert.equal(await told(worker), wish)
    }),
  ),

  on('pulse', 'wish taken back', 'the last word holds', async (t) => {
    const worker = await t.worker()
    for (const wish of ['quiet', 'stop', 'quiet', null, 'stop', null] as const) {
      assert.equal(await say(t, worker, wish), true)
      assert.equal(await told(worker), wish)
    }
  }),

  on('pulse', 'wish of one that is gone', 'of a worker that is gone nothing is wanted any more', async (t) => {
    for (const go of ['lose', 'retire'] as const) {
      const worker = await t.worker()
      await say(t, worker, 'stop')
      await worker[go]()
      assert.equal(await told(worker), null)
    }
    assert.equal((await t.engine.pulse({ worker: newToken(), queues: [] })).wish, null)
  }),

  on('listWorkers', 'wish', 'the list shows what is wanted of each', async (t) => {
    const workers = [await t.worker(), await t.worker(), await t.worker()]
    for (const [index, wish] of (['quiet', null, 'stop'] as const).entries()) await say(t, workers[index] as TestWorker, wish)
    const listed = new Map((await t.engine.listWorkers()).map(({ id, wish }) => [id, wish]))
    assert.deepEqual(
      workers.map(({ id }) => listed.get(id)),
      ['quiet', null, 'stop'],
    )
  }),

  on('wishWorker', 'told', 'a live worker can be told, also the same again', async (t) => {
    const worker = await t.worker()
    assert.deepEqual([await say(t, worker, 'stop'), await say(t, worker, 'stop')], [true, true])
  }),

  on('wishWorker', 'taken back', 'a wish can be taken back, also one that there is not', async (t) => {
    const worker = await t.worker()
    assert.deepEqual([await say(t, worker, null), await say(t, worker, 'stop'), await say(t, worker, null)], [true, true, true])
  }),

  on('wishWorker', 'unknown', 'nobody is there to be told', async (t) => {
    assert.equal(await t.engine.wishWorker({ worker: newToken(), wish: 'stop' }), false)
    assert.deepEqual(await t.engine.listWorkers(), [])
  }),

  on('wishWorker', 'lost', 'a lost worker cannot be told', async (t) => {
    const worker = await t.worker()
    await worker.lose()
    assert.equal(await say(t, worker, 'quiet'), false)
  }),

  on('wishWorker', 'stopped', 'a worker that went by itself cannot be told', async (t) => {
    const worker = await t.worker()
    await worker.retire()
    assert.equal(await say(t, worker, 'quiet'), false)
  }),

  on('wishWorker', 'signalled', 'whoever listens is told to look', async (t) => {
    const hints: Hint[] = []
    const stop = await t.engine.listen((hint) => hints.push(hint))
    const worker = await t.worker()
    await say(t, worker, 'stop')
    await until(() => hints.some(({ type }) => type === 'signal'), 'the wish is signalled')
    await stop()
  }),
]
