/** Whatever a handler throws, its job ends dead with a failure that can be read, and the worker goes on. */
import { describe, expect, it } from 'vitest'
import { check } from './check.js'
import { engines, stage } from './stage.js'

const THROWN: Readonly<Record<string, RegExp>> = {
  null: /null was thrown/,
  undefined: /undefined was thrown/,
  frozen: /^frozen$/,
  circular: /./,
  'circular cause': /^its own cause$/,
  getter: /./,
  proxy: /./,
  huge: /^x{1000}/,
  nul: /^before.*after$/,
  surrogate: /^lone/,
  function: /function was thrown/,
  symbol: /symbol was thrown/,
  bigint: /bigint was thrown: 10/,
  'no prototype': /./,
  'odd fields': /^odd$/,
}

describe.each(engines)('%s', (engine) => {
  it('ends dead and readable', async () => {
    const on = await stage(engine)
    const worker = await on.worker({ concurrency: 5 })
    const kinds = Object.keys(THROWN)
    const ids = await on.enqueue(
      'bad',
      kinds.map((what) => ({ what })),
      { retry: { attempts: 2, backoff: { type: 'fixed', first: 10, factor: 1, max: 10, jitter: 0 } } },
    )
    const good = await on.enqueueOne('work')
    await on.drained()
    const jobs = await check(on)
    kinds.forEach((what, index) => {
      const job = jobs.get(ids[index] as string)
      expect([what, job?.state, job?.attempts.map(({ end }) => end)]).toEqual([what, 'dead', ['retrying', 'dead']])
      const failure = job?.errors.at(-1)
      expect(failure?.message, what).toMatch(THROWN[what] as RegExp)
      expect(failure?.message.length).toBeLessThan(10_000)
      expect(failure?.message).not.toMatch(/\0|\p{Surrogate}/u)
    })
    await on.until('every death was told', () => on.evidence('dead').length === kinds.length)
    expect(jobs.get(good)?.state).toBe('succeeded')
    expect(worker.running).toBe(true)
    expect(on.stderr()).toBe('')
  })
})
