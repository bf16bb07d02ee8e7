/** The one wrapper around the contract: the same engine, with every call timed and told. */
import { describe, expect, it } from 'vitest'
import { newId } from '#dist/core/index.js'
import { type Engine, type EngineCall, observed } from '#dist/engine/index.js'
import { FaultyEngine, refusal } from '../support/faulty-engine.js'
import { errorOf, makers, newPlace } from '../support/stores.js'

describe.each(makers)('$name', (maker) => {
  async function made() {
    const place = await newPlace(maker)
    const faults = new FaultyEngine(place.engine())
    const calls: EngineCall[] = []
    const engine: Engine = observed(faults.engine, (call) => calls.push(call))
    return { engine, faults, calls }
  }

  it('tells of every call, with its time, and gives its answer', async () => {
    const { engine, calls } = await made()
    await engine.open()
    await engine.migrate()
    const id = newId()
    const [result] = await engine.insertJobs({ jobs: [{ id, queue: 'q', kind: 'k', priority: 0, maxAttempts: 1, payload: '1' }] })
    expect([result, (await engine.getJob({ id }))?.kind]).toEqual(['inserted', 'k'])
    await engine.close()
    expect(calls.map(({ method }) => method)).toEqual(['open', 'migrate', 'insertJobs', 'getJob'])
    expect(calls.every(({ ms, error }) => ms >= 0 && error === undefined)).toBe(true)
  })

  it('tells of a call that failed, and fails as it did', async () => {
    const { engine, faults, calls } = await made()
    faults.failBefore('listQueues', 1, refusal)
    const error = await errorOf(engine.listQueues())
    expect(error).toMatchObject({ code: 'WS_STORE_FAILED' })
    expect(calls).toMatchObject([{ method: 'listQueues', error }])
  })

  it('is the same engine in name, place and what it can do', async () => {
    const { engine, faults } = await made()
    expect([engine.name, engine.place, engine.capabilities]).toEqual([faults.engine.name, faults.engine.place, faults.engine.capabilities])
  })

  it('passes hints on, and does not count what is not asked of the store', async () => {
    const { engine, calls } = await made()
    await engine.open()
    await engine.migrate()
    calls.length = 0
    const hints: unknown[] = []
    const unlisten = await engine.listen((hint) => hints.push(hint))
    engine.announce(['q'])
    await expect.poll(() => hints).toContainEqual({ type: 'wake', queues: ['q'] })
    await engine.beatSource()
    await unlisten()
    await engine.close()
    expect(calls).toEqual([])
  })
})
