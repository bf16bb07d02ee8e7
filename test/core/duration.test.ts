/** Durations: what is written is read back, and nonsense is refused by its code. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, isWorksongError, optionalDuration, parseDuration, timerMs } from '#dist/core/index.js'

const UNITS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const
const NAMES = Object.keys(UNITS) as (keyof typeof UNITS)[]

function refusal(value: unknown): unknown {
  try {
    return { parsed: parseDuration(value as string, 'timeout') }
  } catch (error) {
    return error
  }
}

describe('parseDuration', () => {
  it('adds up units that fall from large to small', () => {
    const counts = fc.tuple(...NAMES.map(() => fc.option(fc.nat({ max: 300 }))))
    fc.assert(
      fc.property(counts, (parts) => {
        const text = parts.map((count, at) => (count === null ? '' : `${count}${NAMES[at]}`)).join('')
        fc.pre(text !== '')
        const sum = parts.reduce<number>((total, count, at) => total + (count ?? 0) * UNITS[NAMES[at] ?? 'ms'], 0)
        expect(parseDuration(text, 'timeout')).toBe(sum)
      }),
    )
  })

  it('takes milliseconds as they are, rounded to whole ones', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 9e12, noNaN: true }), (ms) => void expect(parseDuration(ms, 'timeout')).toBe(Math.round(ms))),
    )
  })

  it('takes decimals', () => {
    expect(parseDuration('1.5s', 'timeout')).toBe(1500)
    expect(parseDuration('0.25h', 'timeout')).toBe(900_000)
  })

  it.each([
    '',
    ' ',
    '5',
    '-1s',
    '+1s',
    ' 1s',
    '1s ',
    '1 s',
    '1s1m',
    '1s1s',
    '1S',
    '1e3',
    '1e3s',
    '.5s',
    '1.s',
    '1..5s',
    's',
    'P1D',
    '1y',
    'forever',
    '١s',
    '999999999999w',
    'NaN',
    'Infinity',
    '1m,5s',
    '0x10s',
    -1,
    -0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    9e15,
  ])('refuses %j and names the field', (value) => {
    const error = refusal(value)
    expect(isWorksongError(error, 'WS_INVALID_DURATION')).toBe(true)
    expect(error).toMatchObject({ field: 'timeout' })
  })

  it('gives a whole number or its own error for anything at all', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true }), (value) => {
        const answer = refusal(value)
        if (isWorksongError(answer, 'WS_INVALID_DURATION')) return
        expect(answer).toMatchObject({ parsed: expect.any(Number) })
        expect(Number.isSafeInteger((answer as { parsed: number }).parsed)).toBe(true)
      }),
    )
  })

  it('refuses any text that is not parts of digits and units', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^(\d+(\.\d+)?(ms|w|d|h|m|s))+$/.test(text))
        expect(isWorksongError(refusal(text), 'WS_INVALID_DURATION')).toBe(true)
      }),
    )
  })
})

describe('formatDuration', () => {
  it('writes what parseDuration reads back, to about the precision that it shows', () => {
    fc.assert(
      fc.property(fc.nat({ max: 9_000_000_000 }), (ms) => {
        const back = parseDuration(formatDuration(ms), 'shown')
        const off = ms < 1000 ? 0 : ms < 60_000 ? 50 : ms < 3_600_000 ? 500 : ms < 86_400_000 ? 60_000 : 3_600_000
        expect(Math.abs(back - ms)).toBeLessThanOrEqual(off)
      }),
    )
  })

  it('writes whole units briefly', () => {
    const shown = [0, 950, 1500, 180_000, 7_500_000, 604_800_000].map(formatDuration)
    expect(shown).toEqual(['0ms', '950ms', '1.5s', '3m', '2h5m', '7d'])
  })

  it('never shows sixty of a unit where the next begins', () => {
    fc.assert(
      fc.property(fc.nat({ max: 200_000_000 }), (ms) => void expect(formatDuration(ms)).not.toMatch(/^(1000ms|60s|60m|24h)/)),
      {
        examples: [[59_960], [59_999], [3_599_999], [86_399_999]],
      },
    )
  })
})

describe('timerMs', () => {
  it('is never longer than a timer can wait', () => {
    expect([timerMs(0), timerMs(5000), timerMs(parseDuration('30d', 'x'))]).toEqual([0, 5000, 2_147_483_647])
  })
})

describe('optionalDuration', () => {
  it('leaves absent absent and parses the rest', () => {
    expect(optionalDuration(undefined, 'timeout')).toBeUndefined()
    expect(optionalDuration('1s', 'timeout')).toBe(1000)
  })
})
