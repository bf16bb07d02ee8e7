/** What an end puts back at once is told at once: nobody waits for a poll. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { kindLane, snooze } from '#dist/core/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { errorOf, makers } from '../support/stores.js'
import { newApp } from './parts.js'

describe.each(makers)('$name', (maker) => {
  it('a retry or a snooze without a delay runs again although no poll is answered', async () => {
    let runs = 0
    const retried = defineJob({
      name: 'retried',
      retry: { delays: Array(9).fill(0) },
      run() {
        throw new Error('again')
      },
    })
    const snoozed = defineJob({ name: 'snoozed', run: () => (++runs < 10 ? snooze(0) : runs) })
    const { app, faults } = await newApp(maker, [retried, snoozed])
    await app.worker().start()
    const answer = faults.hold('pulse')
    const { id } = await app.enqueue(retried)
    await errorOf(app.jobs.wait(id))
    expect((await app.jobs.get(id))?.attempts.length).toBe(10)
    expect(await app.jobs.wait((await app.enqueue(snoozed)).id)).toBe(10)
    answer()
  })

  it('a job that is put aside for those who know it is told of by its lane, and makes them look', async () => {
    const { app, faults, engine } = await newApp(maker, [defineJob({ name: 'known', run: () => 1 })])
    await app.worker().start()
    await until(() => faults.callsOf('pulse').length > 0, 'it has polled')
    await app.enqueue(defineJob({ name: 'unknown' }))
    const announced = () => faults.calls.filter(({ method }) => method === 'announce').flatMap(({ p }) => p)
    const lane = kindLane('default', 'unknown')
    await until(() => announced().includes(lane), 'it is told')
    // At once, unless a poll is under way: then after it.
    const pollsFor = (queue: string) => {
      const before = faults.callsOf('pulse').length
      engine.announce([queue])
      return faults.callsOf('pulse').length - before
    }
    await expect.poll(() => pollsFor(lane), { timeout: 10_000 }).toBe(1)
    expect([pollsFor(kindLane('other', 'unknown')), pollsFor('/due')]).toEqual([0, 0])
  })
})
