/** The very first handler of a worker, and the first after its lease was lost, may block the event loop: the lease is kept. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { sharedMakers } from '../support/stores.js'
import { newApp } from './parts.js'

const LEASE_MS = 300

describe.each(sharedMakers)('$name', (maker) => {
  it.each(['at its start', 'after a loss'])('%s', async (when) => {
    // Longer than a thread takes to start, even on a busy machine.
    const block = defineJob({
      name: 'block',
      run() {
        const end = performance.now() + 2000
        while (performance.now() < end);
      },
    })
    const { app, engine, log } = await newApp(maker, [block], { lease: { duration: LEASE_MS, sweep: '10s' } })
    const worker = app.worker()
    if (when === 'at its start') await app.enqueue(block)
    await worker.start()
    if (when === 'after a loss') {
      const [before] = await engine.listWorkers()
      // By its own count: a beat may come between.
      await until(async () => engine.loseWorkerIfSilent({ worker: before?.id as string, beat: (await beatsOf()) as number }), 'it is lost')
      await until(() => worker.id !== undefined && worker.id !== before?.id, 'it is back')
      await app.enqueue(block)
    }
    async function beatsOf() {
      return (await engine.listWorkers()).find(({ id }) => id === worker.id)?.beat
    }
    await until(async () => (await app.jobs.list({ state: 'succeeded', limit: 1 })).jobs.length === 1, 'it has ended')
    // The main loop can have beaten but once or twice before and after.
    expect(await beatsOf()).toBeGreaterThan(5)
    expect(log.codes('worker.lost').length).toBe(when === 'after a loss' ? 1 : 0)
  })
})
