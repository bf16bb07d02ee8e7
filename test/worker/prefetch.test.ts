/** How many jobs are held beyond those that run: what a tenth of a second consumed, within bounds. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Prefetch } from '#dist/worker/prefetch.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

describe('Prefetch', () => {
  it('begins with as many again as run', () => {
    expect(new Prefetch(20).capacity()).toBe(40)
  })

  it('holds what the last window consumed', () => {
    const prefetch = new Prefetch(10)
    for (let n = 0; n < 300; n++) prefetch.consumed()
    expect(prefetch.capacity()).toBe(310)
    vi.advanceTimersByTime(150)
    expect(prefetch.capacity()).toBe(310)
    vi.advanceTimersByTime(150)
    expect(prefetch.capacity()).toBe(10)
  })

  it('holds nothing beside slow jobs, so that others share them', () => {
    const prefetch = new Prefetch(10)
    vi.advanceTimersByTime(250)
    expect(prefetch.capacity()).toBe(10)
    prefetch.consumed()
    expect(prefetch.capacity()).toBe(11)
  })

  it('never holds less than runs, nor more than two thousand beyond it', () => {
    const step = fc.record({ consumed: fc.nat({ max: 3000 }), ms: fc.nat({ max: 500 }) })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.array(step, { maxLength: 8 }), (concurrency, list) => {
        const prefetch = new Prefetch(concurrency)
        for (const { consumed, ms } of list) {
          for (let n = 0; n < consumed; n++) prefetch.consumed()
          vi.advanceTimersByTime(ms)
          expect(prefetch.capacity()).toBeGreaterThanOrEqual(concurrency)
          expect(prefetch.capacity()).toBeLessThanOrEqual(concurrency + 4000)
        }
      }),
    )
  })
})
