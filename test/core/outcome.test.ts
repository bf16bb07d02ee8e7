/** Outcomes: what a handler may say, and what an error may ask for. */

import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cancel, discard, errorRetryAfter, isWorksongError, readOutcome, restoreOutcome, retryAfter, snooze } from '#dist/core/index.js'
import { thrownBy } from '../support/stores.js'

describe('outcomes', () => {
  it('carry their kind, delay and reason', () => {
    expect(readOutcome(retryAfter('5s', 'busy'))).toEqual({ kind: 'retryAfter', delayMs: 5000, reason: 'busy' })
    expect(readOutcome(snooze(10))).toEqual({ kind: 'snooze', delayMs: 10 })
    expect(readOutcome(cancel())).toEqual({ kind: 'cancel', delayMs: 0 })
    expect(readOutcome(discard('bad'))).toEqual({ kind: 'discard', delayMs: 0, reason: 'bad' })
  })

  it('take an error for a reason, of this realm or another', () => {
    const low = new RangeError('low')
    const told = readOutcome(discard(new TypeError('no such account', { cause: low })))
    expect(told).toMatchObject({ reason: 'no such account', failure: { name: 'TypeError', cause: { message: 'low' } } })
    expect(told?.failure?.stack).toContain('outcome.test')
    expect(readOutcome(cancel(runInNewContext('new Error("foreign")')))).toMatchObject({ reason: 'foreign' })
  })

  it.each([42, null, {}, [], true, Symbol('s'), () => 1])('refuse %o for a reason where it is given', (reason) => {
    for (const make of [discard, cancel, (given: never) => snooze(1, given), (given: never) => retryAfter(1, given)]) {
      expect(thrownBy(() => make(reason as never))).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'reason' })
    }
  })

  it('are never mistaken for results that came as JSON', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void expect(readOutcome(value)).toBeUndefined()))
  })

  it('are the same after they have crossed to another thread', () => {
    for (const outcome of [retryAfter('5s', 'busy'), snooze(10), cancel(), discard(new Error('bad'))]) {
      expect(restoreOutcome(structuredClone(readOutcome(outcome)))).toEqual(outcome)
    }
  })

  it('of another version are refused when they are not understood, and never anything but typed errors', () => {
    const mark = Symbol.for('worksong.outcome')
    expect(thrownBy(() => readOutcome({ [mark]: 'await' }))).toMatchObject({ code: 'WS_UNKNOWN_OUTCOME' })
    expect(thrownBy(() => readOutcome({ [mark]: 'snooze', delayMs: 'soon' }))).toMatchObject({ code: 'WS_INVALID_DURATION' })
    expect(readOutcome({ [mark]: 'cancel', reason: 42 })).toEqual({ kind: 'cancel', delayMs: 0, reason: '42' })
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), fc.anything(), (kind, delayMs, reason, failure) => {
        const error = thrownBy(() => restoreOutcome({ kind, delayMs, reason, failure }))
        expect(error === undefined || isWorksongError(error)).toBe(true)
      }),
    )
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
