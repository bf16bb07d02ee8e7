/** Ids: unique, in order within a process, of the form that RFC 9562 gives to version 7. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { idTime, isId, newId, newToken } from '#dist/core/index.js'

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const MAX_MS = 2 ** 48 - 1_000_000

describe('newId', () => {
  it('gives unique ids of version 7 in rising order, however the clock moves', () => {
    const clocks = fc.array(fc.integer({ min: 0, max: 2 ** 42 }), { minLength: 2, maxLength: 200 })
    fc.assert(
      fc.property(clocks, (times) => {
        const ids = times.map((at) => newId(at))
        for (const id of ids) expect(id).toMatch(V7)
        expect(new Set(ids).size).toBe(ids.length)
        expect([...ids].sort()).toEqual(ids)
      }),
    )
  })

  it('keeps unique and sorted past the counter of one millisecond', () => {
    const at = Date.now()
    const ids = Array.from({ length: 20_000 }, () => newId(at))
    expect(new Set(ids).size).toBe(ids.length)
    expect([...ids].sort()).toEqual(ids)
  })

  it('carries the time that it was given, once that is ahead of all before', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 20 }), (steps) => {
        let at = idTime(newId()) + 1_000_000
        for (const step of steps) {
          at += step
          const seen = idTime(newId(at))
          expect(seen).toBeGreaterThanOrEqual(at)
          at = seen
        }
      }),
      { numRuns: 20 },
    )
  })

  it('holds up to the last millisecond that 48 bits can carry', () => {
    const id = newId(MAX_MS)
    expect(id).toMatch(V7)
    expect(idTime(id)).toBe(MAX_MS)
  })
})

describe('isId', () => {
  it('takes ids and tokens', () => {
    expect(isId(newId())).toBe(true)
    expect(isId(newToken())).toBe(true)
  })

  it('refuses any other value', () => {
    fc.assert(fc.property(fc.anything(), (value) => void expect(isId(value)).toBe(false)))
    expect(isId(newId().toUpperCase())).toBe(false)
    expect(isId(`${newId()}\n`)).toBe(false)
    expect(isId(newId().replaceAll('-', ''))).toBe(false)
  })
})

describe('newToken', () => {
  it('is a random UUID that tells no time', () => {
    const tokens = Array.from({ length: 1000 }, () => newToken())
    expect(new Set(tokens).size).toBe(1000)
    for (const token of tokens) expect(token[14]).toBe('4')
  })
})
