/** Retries: attempts and delays stay within what the policy says. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Backoff,
  exponential,
  fixed,
  isWorksongError,
  linear,
  parseRetry,
  previewDelays,
  type RetryOption,
  retryDelay,
} from '#dist/core/index.js'
import { thrownBy } from '../support/stores.js'

const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
const used = fc.integer({ min: 1, max: 10_000 })
const jitter = fc.double({ min: 0, max: 1, noNaN: true })
const spans = fc.tuple(fc.nat({ max: 100_000 }), fc.nat({ max: 10_000_000 })).map(([first, more]) => ({ first, max: first + more }))
const factor = fc.double({ min: 1, max: 100, noNaN: true })

const backoffs: fc.Arbitrary<Backoff> = fc.oneof(
  fc.tuple(spans, factor, jitter).map(([span, by, spread]) => exponential({ ...span, factor: by, jitter: spread })),
  fc.tuple(spans, jitter).map(([span, spread]) => linear({ ...span, jitter: spread })),
  fc.tuple(fc.nat({ max: 100_000 }), jitter).map(([delay, spread]) => fixed(delay, { jitter: spread })),
)

function refused(option: unknown): boolean {
  try {
    parseRetry(option as RetryOption)
    return false
  } catch (error) {
    return isWorksongError(error, 'WS_INVALID_OPTION') || isWorksongError(error, 'WS_INVALID_DURATION')
  }
}

describe('retryDelay', () => {
  it('is a whole number from 0 to max plus its jitter', () => {
    fc.assert(
      fc.property(backoffs, used, random, (backoff, count, chance) => {
        const delay = retryDelay(parseRetry({ backoff }), count, chance)
        expect(Number.isInteger(delay)).toBe(true)
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(Math.ceil(backoff.max * (1 + backoff.jitter)))
      }),
    )
  })

  it('stays a number for any policy however many attempts were used', () => {
    const policies = [exponential({ first: 0 }), exponential({ first: 0, factor: 100 }), exponential({ factor: 100 }), linear({ first: 0 })]
    for (const backoff of policies) expect(retryDelay(parseRetry({ backoff }), 10_000, 0.5)).toBeGreaterThanOrEqual(0)
  })

  it('spreads by no more than the jitter, evenly to both sides', () => {
    fc.assert(
      fc.property(backoffs, fc.integer({ min: 1, max: 50 }), random, (backoff, count, chance) => {
        const policy = parseRetry({ backoff })
        const middle = retryDelay({ ...policy, backoff: { ...backoff, jitter: 0 } }, count, chance)
        const off = Math.abs(retryDelay(policy, count, chance) - middle)
        expect(off).toBeLessThanOrEqual(middle * backoff.jitter + 2)
      }),
    )
  })

  it('never shrinks with more attempts, jitter aside', () => {
    fc.assert(
      fc.property(backoffs, fc.integer({ min: 1, max: 2000 }), (backoff, count) => {
        const policy = parseRetry({ backoff })
        expect(retryDelay(policy, count + 1, 0.5)).toBeGreaterThanOrEqual(retryDelay(policy, count, 0.5))
      }),
    )
  })

  it('follows explicit delays and stays at the last', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 1_000_000 }), { minLength: 1, maxLength: 10 }), random, (delays, chance) => {
        const policy = parseRetry({ delays })
        expect(policy.attempts).toBe(delays.length + 1)
        expect(previewDelays(policy)).toEqual(delays)
        expect(retryDelay(policy, delays.length + 5, chance)).toBe(delays.at(-1))
      }),
    )
  })

  it('grows as its type says', () => {
    const doubled = parseRetry({ attempts: 5, backoff: exponential({ first: '1s', max: '5s' }) })
    const added = parseRetry({ attempts: 5, backoff: linear({ first: 100 }) })
    expect(previewDelays(doubled)).toEqual([1000, 2000, 4000, 5000])
    expect(previewDelays(added)).toEqual([100, 200, 300, 400])
    expect(previewDelays(parseRetry({ attempts: 3, backoff: fixed('1m') }))).toEqual([60_000, 60_000])
  })
})

describe('parseRetry', () => {
  it('completes what is absent, and false is one attempt', () => {
    expect(parseRetry(undefined).attempts).toBe(5)
    expect(parseRetry({}).attempts).toBe(5)
    expect(parseRetry(false).attempts).toBe(1)
    expect(parseRetry({ delays: [] }).attempts).toBe(1)
    expect(previewDelays(parseRetry(false))).toEqual([])
  })

  it.each([
    null,
    true,
    3,
    'no',
    { attempts: 0 },
    { attempts: -1 },
    { attempts: 1.5 },
    { attempts: Number.NaN },
    { attempts: 10_001 },
    { attempts: '3' },
    { delays: '1s' },
    { delays: ['soon'] },
    { delays: [-1] },
    { delays: Array(1) },
    Promise.resolve(false),
    { attempt: 3 },
    { backoff: 'fast' },
    { backoff: { type: 'exponential' } },
    { attempts: null },
    { attempts: 3, delays: ['1s'] },
    { attempts: 1, delays: ['1s'] },
    { delays: ['1s'], backoff: exponential() },
    { backoff: exponential },
    { backoff: null },
  ])('refuses %j', (option) => {
    expect(refused(option)).toBe(true)
  })

  it('takes as many delays as there may be attempts after the first', () => {
    expect(parseRetry({ delays: Array(9999).fill(1) }).attempts).toBe(10_000)
    expect(refused({ delays: Array(10_000).fill(1) })).toBe(true)
  })

  it('takes attempts beside delays where they say the same', () => {
    expect(parseRetry({ attempts: 3, delays: ['1s', '2s'] } as unknown as RetryOption)).toMatchObject({ attempts: 3, delays: [1000, 2000] })
  })

  it.each<[unknown, string, string]>([
    [{ attempts: 3, delays: ['1s'] }, 'retry.attempts', 'retry.attempts is not one more than there are delays (2): 3'],
    [{ delays: ['1s'], backoff: 'fast' }, 'retry.backoff', "retry.backoff is given beside delays, which say all: 'fast'"],
    [{ backoff: 'exponential' }, 'retry.backoff', "retry.backoff is not a backoff: 'exponential'. Give what exponential({ first: '1s' })"],
    [{ backoff: exponential }, 'retry.backoff', 'retry.backoff is not a backoff: the function exponential, not what it makes'],
    [{ backoff: { type: 'fixed', delay: '1s' } }, 'retry.backoff', 'retry.backoff is not a backoff: an object of type, delay'],
    [{ backoff: 5 }, 'retry.backoff', 'retry.backoff is not a backoff: 5.'],
  ])('says what was given and what to give: %j', (option, field, words) => {
    const thrown = thrownBy(() => parseRetry(option as RetryOption))
    expect(thrown).toMatchObject({ code: 'WS_INVALID_OPTION', field, message: expect.stringContaining(words) })
  })

  it('survives being stored with a job', () => {
    fc.assert(
      fc.property(backoffs, fc.integer({ min: 1, max: 100 }), (backoff, attempts) => {
        const policy = parseRetry({ attempts, backoff })
        const back = parseRetry(JSON.parse(JSON.stringify({ attempts, backoff })))
        expect(previewDelays(back)).toEqual(previewDelays(policy))
      }),
    )
  })
})

describe('backoffs', () => {
  it.each<[string, () => unknown, string]>([
    ['exponential', () => exponential({ frist: '1s' } as object), 'frist'],
    ['exponential', () => exponential('1s' as never), 'exponential options'],
    ['linear', () => linear({ factor: 3 } as object), 'factor'],
    ['fixed', () => fixed('1s', { max: '2s' } as object), 'max'],
    ['fixed', () => fixed('1s', 0.1 as never), 'fixed options'],
  ])('refuse an option that there is not: %s', (_name, make, field) => {
    expect(thrownBy(make)).toMatchObject({ code: 'WS_INVALID_OPTION', field })
  })

  it('refuse numbers out of range', () => {
    const bad = [
      () => exponential({ factor: 0.5 }),
      () => exponential({ factor: Number.NaN }),
      () => exponential({ factor: 101 }),
      () => exponential({ jitter: 1.1 }),
      () => exponential({ jitter: -0.1 }),
      () => exponential({ first: '2s', max: '1s' }),
      () => linear({ first: 'soon' }),
      () => fixed(-1),
    ]
    for (const make of bad) expect(make).toThrow(expect.objectContaining({ name: 'WorksongError' }))
  })
})
