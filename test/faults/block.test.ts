/** A handler that blocks the event loop for longer than the lease keeps its job: the heartbeat comes from a thread. */
import { describe, expect, it } from 'vitest'
import { check } from './check.js'
import { engines, SHORT, stage } from './stage.js'

describe.each(engines)('%s', (engine) => {
  it('is not rescued', async () => {
    const on = await stage(engine)
    const blocked = await on.worker({ concurrency: 3, lease: SHORT })
    const { id: before } = await blocked.ask<{ id: string }>('state')
    const watcher = await on.worker({ queues: ['nothing-here'] })
    const id = await on.enqueueOne('block', { ms: 2 * SHORT.duration + 500 })
    await on.drained()
    const jobs = await check(on)
    expect(jobs.get(id)?.attempts).toMatchObject([{ end: 'succeeded', attempt: 1 }])
    expect(on.logs('worker.silent')).toEqual([])
    expect(await blocked.ask('state')).toMatchObject({ id: before })
    expect(watcher.running).toBe(true)
  })

  it('is rescued when it blocks for longer than is allowed', async () => {
    const on = await stage(engine)
    const lease = { ...SHORT, maxBlocked: 500 }
    const blocked = await on.worker({ concurrency: 3, lease })
    await on.worker({ queues: ['nothing-here'] })
    const id = await on.enqueueOne('block', { ms: 3500 })
    await on.until('it is lost', () => on.logs('worker.silent').length === 1)
    expect(blocked.running).toBe(true)
    await on.until('it runs again', () => on.evidence('start', id).length === 2)
    blocked.signal('SIGKILL')
    // The first job of a claim counts as started: it starts at once.
    expect((await on.app.jobs.get(id))?.attempts[0]).toMatchObject({ end: 'lost-running', attempt: 1 })
  })
})
