/** Priorities: three names and small integers, nothing else. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isWorksongError, type Priority, parsePriority } from '#dist/core/index.js'

function attempt(value: unknown): unknown {
  try {
    return parsePriority(value as Priority)
  } catch (error) {
    return error
  }
}

describe('parsePriority', () => {
  it('gives the names their numbers, in order', () => {
    expect([parsePriority('high'), parsePriority('normal'), parsePriority('low')]).toEqual([-10, 0, 10])
    expect(parsePriority(undefined)).toBe(0)
  })

  it('takes every integer of 16 bits', () => {
    fc.assert(fc.property(fc.integer({ min: -32_767, max: 32_767 }), (value) => void expect(parsePriority(value)).toBe(value)))
  })

  it.each([32_768, -32_768, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '', 'High', '5', 'toString', '__proto__', null, {}, [], true])(
    'refuses %j',
    (value) => void expect(isWorksongError(attempt(value), 'WS_INVALID_OPTION')).toBe(true),
  )

  it('gives an integer or its own error for anything at all', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (value) => {
        const answer = attempt(value)
        expect(Number.isInteger(answer) || isWorksongError(answer, 'WS_INVALID_OPTION')).toBe(true)
      }),
    )
  })
})
