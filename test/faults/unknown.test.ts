/** A job of a kind that a worker does not know goes to one that does, and is not passed back and forth. */
import { describe, expect, it } from 'vitest'
import { check } from './check.js'
import { engines, stage } from './stage.js'

describe.each(engines)('%s', (engine) => {
  it('is given back and run by who knows it', async () => {
    const on = await stage(engine)
    const ignorant = await on.worker({ unknown: ['work'] })
    const ids = await on.enqueue('work', Array(20).fill({}))
    await on.until('it has met them', async () => (await on.app.jobs.get(ids[19] as string))?.attempts.length === 1)
    const known = await on.enqueueOne('fail-until', { attempt: 1 })
    await on.until('it goes on with what it knows', () => on.evidence('end', known).length === 1)
    const knowing = await on.worker()
    await on.drained()
    const jobs = await check(on)
    for (const id of ids) {
      const job = jobs.get(id)
      expect(job).toMatchObject({ state: 'succeeded', attempt: 1 })
      expect(job?.attempts.length).toBeLessThanOrEqual(3)
    }
    const byJob = (id: string) => on.evidence('start', id)[0]?.pid
    expect(ids.every((id) => byJob(id) === knowing.pid)).toBe(true)
    expect(ignorant.running).toBe(true)
  })
})
