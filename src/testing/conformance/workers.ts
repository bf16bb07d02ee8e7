/** Workers: registration and heartbeats. Their poll is in pulse.ts, their end in workers-gone.ts. */
import assert from 'node:assert/strict'
import { newToken } from '../../core/index.js'
import type { BeatConnection, BeatSource } from '../../engine/index.js'
import { type Bench, only } from './bench.js'
import { type Case, on, shared } from './case.js'
import { newWorker } from './worker.js'

export async function listed(t: Bench, id: string) {
  return only((await t.engine.listWorkers()).filter((worker) => worker.id === id))
}

/** As the heartbeat thread does: by module and cloned config only. */
async function openBeat(source: BeatSource): Promise<BeatConnection> {
  const module = (await import(source.module)) as { openBeat(config: unknown): BeatConnection | Promise<BeatConnection> }
  return module.openBeat(structuredClone(source.config))
}

export const workerCases: readonly Case[] = [
  on('registerWorker', 'every field', 'a worker is listed with all it said about itself', async (t) => {
    const info = newWorker({
      name: 'main:1',
      host: 'höst-1',
      pid: 4_194_303,
      queues: ['a', 'b'],
      kinds: ['k', 'mail'],
      labels: ['gpu', '日本'],
      concurrency: 64,
      leaseMs: 12_345,
    })
    const before = await t.now()
    await t.engine.registerWorker(info)
    const { startedAt, beat, beatAt, silentMs, ...rest } = await listed(t, info.id)
    assert.deepEqual(rest, { ...info, state: 'live', holding: 0, wish: null })
    assert.equal(Number.isInteger(beat), true)
    assert.ok(silentMs >= 0 && silentMs < 60_000)
    for (const time of [startedAt, beatAt]) assert.ok(time >= before - 50 && time <= (await t.now()) + 50)
  }),

  on('registerWorker', 'replay', 'the same registration again, because the answer was lost, is one worker', async (t) => {
    const info = newWorker()
    await t.engine.registerWorker(info)
    await t.engine.registerWorker(info)
    assert.equal((await listed(t, info.id)).state, 'live')
  }),

  on('beat', 'raises the counter', 'each beat raises the counter', async (t) => {
    const worker = await t.worker()
    let last = (await listed(t, worker.id)).beat
    for (let round = 0; round < 3; round++) {
      assert.equal(await t.engine.beat({ worker: worker.id }), true)
      const { beat, beatAt } = await listed(t, worker.id)
      assert.ok(beat > last && beatAt <= (await t.now()) + 50)
      last = beat
    }
  }),

  on('beat', 'unknown', 'a worker that never registered is not live', async (t) => {
    assert.equal(await t.engine.beat({ worker: newToken() }), false)
    assert.deepEqual(await t.engine.listWorkers(), [])
  }),

  on('beat', 'lost', 'a worker that was declared lost cannot come back by a beat', async (t) => {
    const worker = await t.worker()
    await worker.lose()
    assert.equal(await t.engine.beat({ worker: worker.id }), false)
    assert.equal((await listed(t, worker.id)).state, 'lost')
  }),

  on('beat', 'stopped', 'nor can one that went by itself', async (t) => {
    const worker = await t.worker()
    await worker.retire()
    assert.equal(await t.engine.beat({ worker: worker.id }), false)
    assert.equal((await listed(t, worker.id)).state, 'stopped')
  }),

  on(
    'beatSource',
    'beats from elsewhere',
    'a module and a config are enough to beat from another thread',
    async (t) => {
      const worker = await t.worker()
      const source = await t.engine.beatSource()
      assert.ok(source)
      const { beat } = await listed(t, worker.id)
      const connection = await openBeat(source)
      try {
        assert.equal(await connection.beat(worker.id), true)
        assert.ok((await listed(t, worker.id)).beat > beat)
        assert.equal(await connection.beat(newToken()), false)
      } finally {
        await connection.close()
      }
    },
    shared,
  ),

  on(
    'beatSource',
    'lost',
    'it is told when its worker is not live any more',
    async (t) => {
      const worker = await t.worker()
      const source = await t.engine.beatSource()
      assert.ok(source)
      const connection = await openBeat(source)
      try {
        await worker.lose()
        assert.equal(await connection.beat(worker.id), false)
      } finally {
        await connection.close()
      }
    },
    shared,
  ),

  on(
    'beatSource',
    'null when not shared',
    'a store that cannot be opened twice has no other place to beat from',
    async (t) => {
      assert.equal(await t.engine.beatSource(), null)
    },
    { needs: (capabilities) => !capabilities.shared },
  ),
]
