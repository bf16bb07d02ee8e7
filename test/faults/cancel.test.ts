/** A cancel asked for by another process: running handlers are told, what has not started never does. */
import { describe, expect, it } from 'vitest'
import { check } from './check.js'
import { engines, stage } from './stage.js'

const CEILING_MS = 3000

describe.each(engines)('%s', (engine) => {
  it('reaches a running handler, which decides what it makes of it', async () => {
    const on = await stage(engine)
    const worker = await on.worker({ concurrency: 5 })
    const throwing = await on.enqueueOne('wait-and-throw')
    const returning = await on.enqueueOne('wait-and-return')
    await on.until('both run', () => on.evidence('start').length === 2)
    for (const id of [throwing, returning]) {
      expect(await on.app.jobs.cancel(id, { reason: 'not wanted any more' })).toBe('requested')
      await on.until('the handler is told', () => on.evidence('abort', id).length === 1, CEILING_MS)
    }
    await on.drained()
    const jobs = await check(on)
    expect(jobs.get(throwing)).toMatchObject({
      state: 'cancelled',
      attempts: [{ end: 'cancelled', error: { message: 'not wanted any more' } }],
    })
    expect(jobs.get(returning)).toMatchObject({ state: 'succeeded', result: 'done all the same' })
    expect(on.evidence('abort').map(({ reason }) => reason)).toEqual(['WS_JOB_CANCELLED', 'WS_JOB_CANCELLED'])
    expect(await on.app.jobs.cancel(throwing)).toBe('ended')
    expect(worker.running).toBe(true)
  })

  it('ends what is queued, prefetched or scheduled without starting it', async () => {
    const on = await stage(engine)
    await on.worker({ concurrency: 2 })
    const running = await on.enqueue('wait-and-throw', [{}, {}])
    await on.until('the worker is full', () => on.evidence('start').length === 2)
    const waiting = await on.enqueue('wait-and-throw', Array(6).fill({}))
    const scheduled = await on.enqueue('wait-and-throw', [{}], { delay: '1h' })
    await on.until('some are prefetched', async () => (await on.counts()).running !== 2)
    for (const id of [...waiting, ...scheduled]) expect(['cancelled', 'requested']).toContain(await on.app.jobs.cancel(id))
    await on.until('they have ended', async () => (await on.counts()).cancelled === 7, CEILING_MS)
    expect(on.evidence('start').map(({ job }) => job)).toEqual(running)
    for (const id of running) await on.app.jobs.cancel(id)
    await on.drained()
    const jobs = await check(on)
    for (const id of [...waiting, ...scheduled]) expect(jobs.get(id)).toMatchObject({ state: 'cancelled', attempt: 0 })
  })
})
