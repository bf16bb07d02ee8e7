/** Outcomes: what a handler may say, and what an error may ask for. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cancel, discard, errorRetryAfter, outcomeKind, retryAfter, snooze } from '#dist/core/index.js'

describe('outcomes', () => {
  it('carry their kind, delay and reason', () => {
    expect(outcomeKind(retryAfter('5s', 'busy'))).toBe('retryAfter')
    expect(outcomeKind(snooze(10))).toBe('snooze')
    expect(outcomeKind(cancel())).toBe('cancel')
    expect(outcomeKind(discard('bad'))).toBe('discard')
    expect(retryAfter('5s', 'busy')).toMatchObject({ delayMs: 5000, reason: 'busy' })
  })

  it('are never mistaken for results that came as JSON', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void expect(outcomeKind(value)).toBeUndefined()))
  })

  it('refuse a delay that is none', () => {
    expect(() => snooze('later')).toThrow(expect.objectContaining({ code: 'WS_INVALID_DURATION' }))
  })
})

describe('errorRetryAfter', () => {
  it('reads a duration and ignores anything else', () => {
    expect(errorRetryAfter(Object.assign(new Error('x'), { retryAfter: '2s' }))).toBe(2000)
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (retry) => {
        const asked = errorRetryAfter({ retryAfter: retry })
        expect(asked === undefined || Number.isSafeInteger(asked)).toBe(true)
      }),
    )
    expect(errorRetryAfter(null)).toBeUndefined()
    expect(
      errorRetryAfter({
        get retryAfter() {
          throw new Error('no')
        },
      }),
    ).toBeUndefined()
  })
})
