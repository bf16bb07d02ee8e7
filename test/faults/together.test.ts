/** Several workers and producers on one store at once: each job once, and nobody hears of a lock. */
import { describe, expect, it } from 'vitest'
import { check } from './check.js'
import { engines, stage } from './stage.js'

describe.each(engines)('%s', (engine) => {
  it('two workers and two producers share 5,000 jobs', async () => {
    const on = await stage(engine)
    const workers = [await on.worker({ concurrency: 20 }), await on.worker({ concurrency: 20 })]
    const producers = [await on.producer({ count: 2500 }), await on.producer({ count: 2500 })]
    for (const producer of producers) expect(await producer.exit()).toEqual({ code: 0, signal: null })
    await on.drained()
    const jobs = await check(on)
    expect(jobs.size).toBe(5000)
    expect([...jobs.values()].every(({ state, attempts }) => state === 'succeeded' && attempts.length === 1)).toBe(true)
    expect(on.evidence('refused')).toEqual([])
    expect(new Set(on.evidence('ack').map(({ status }) => status))).toEqual(new Set(['enqueued']))
    for (const worker of workers) expect(on.evidence('end').some(({ pid }) => pid === worker.pid)).toBe(true)
    expect(on.logs().filter(({ level }) => level === 'warn' || level === 'error')).toEqual([])
    expect(on.stderr()).toBe('')
  })

  it('jobs that log and report keep their ends, whatever is written beside them', async () => {
    const on = await stage(engine)
    await on.enqueue(
      'talk',
      Array.from({ length: 1500 }, (_, n) => ({ ms: n % 7 })),
    )
    await on.enqueue('work', Array(1500).fill({}))
    await on.worker({ concurrency: 40 })
    await on.worker({ concurrency: 40 })
    await on.drained()
    const jobs = await check(on)
    expect([...jobs.values()].every(({ state, attempts }) => state === 'succeeded' && attempts.length === 1)).toBe(true)
    expect(on.logs('job.end.refused')).toEqual([])
    const talked = [...jobs.values()].filter(({ name }) => name === 'talk')
    expect(talked.every(({ progress }) => progress?.done === 1)).toBe(true)
    expect((await on.app.jobs.logs(talked[0]?.id ?? '')).length).toBe(1)
  })
})
