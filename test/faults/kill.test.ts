/** Workers that die or freeze in the middle: nothing is lost, nothing ends twice, and no job is blamed for another. */
import { describe, expect, it } from 'vitest'
import { check, countBy } from './check.js'
import { engines, SHORT, stage } from './stage.js'

describe.each(engines)('%s', (engine) => {
  it('kill -9 in the middle of 2,000 jobs: another worker ends them all, each once', async () => {
    const on = await stage(engine)
    const victim = await on.worker({ concurrency: 20, lease: SHORT })
    const ids = await on.enqueue(
      'work',
      Array.from({ length: 2000 }, (_, n) => ({ n, ms: 2 })),
    )
    await on.until('the victim is in the middle', () => on.evidence('end').length > 400)
    victim.signal('SIGKILL')
    await victim.exit()
    const before = countBy(on.evidence(), 'start')
    expect(before.size).toBeLessThan(2000)
    await on.worker({ concurrency: 20 })
    await on.drained()
    const jobs = await check(on, { extraStarts: 1 })
    expect([...jobs.values()].every(({ state }) => state === 'succeeded')).toBe(true)
    expect(jobs.size).toBe(ids.length)

    const lost = [...jobs.values()].filter((job) => job.attempts.some(({ end }) => end.startsWith('lost')))
    expect(lost.length).toBeGreaterThan(0)
    for (const job of lost) {
      const [first] = job.attempts
      // Never charged without having run.
      if (!before.has(job.id)) expect([job.id, first?.end, first?.attempt]).toEqual([job.id, 'lost-waiting', 0])
      if (first?.end === 'lost-running') expect(first.attempt).toBe(1)
    }
    const charged = lost.filter((job) => job.attempts[0]?.end === 'lost-running')
    expect(charged.length).toBeLessThanOrEqual(20)
    for (const job of charged) expect([job.id, job.attempt]).toEqual([job.id, 2])
  })

  it('after a kill -9 all long jobs of the dead run again at once, beside each other', async () => {
    const on = await stage(engine)
    const victim = await on.worker({ concurrency: 10, lease: SHORT })
    const ids = await on.enqueue('wait-and-return', Array(10).fill({}))
    await on.until('all run', () => on.evidence('start').length === 10)
    victim.signal('SIGKILL')
    await victim.exit()
    await on.worker({ concurrency: 10 })
    await on.until('all run again', () => on.evidence('start').length === 20)
    expect(on.evidence('end')).toEqual([])
    for (const id of ids) expect(await on.app.jobs.cancel(id)).toBe('requested')
    await on.drained()
    await check(on, { extraStarts: 1 })
  })
})
