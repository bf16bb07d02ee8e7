/** Names and the lanes made of them. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkName, isSuspectLane, isWorksongError, kindLane, laneQueue, suspectLane } from '#dist/core/index.js'

const first = fc.constantFrom(...'abzAZ019_éßжא中ा'.replace(/\p{M}/gu, ''))
const rest = fc.string({ unit: fc.constantFrom(...'abzAZ019_.:-éß中'), maxLength: 127 })
const names = fc.tuple(first, rest).map(([head, tail]) => head + tail)

function refused(name: unknown): boolean {
  try {
    checkName(name, 'queue')
    return false
  } catch (error) {
    return isWorksongError(error, 'WS_INVALID_NAME') && error.field === 'queue'
  }
}

describe('checkName', () => {
  it('takes letters, digits and _ . : - of any script, unchanged', () => {
    fc.assert(fc.property(names, (name) => void expect(checkName(name, 'queue')).toBe(name)))
  })

  it.each([
    '',
    ' ',
    'a b',
    'a/b',
    '/a',
    'a@b',
    '.a',
    '-a',
    ':a',
    'a\0',
    'a\n',
    '\ud800',
    'a\u202eb',
    '😀',
    '%2e%2e',
    '../x',
    'x'.repeat(129),
    undefined,
    null,
    1,
    {},
    [],
    Symbol('a'),
  ])('refuses %o and names the field', (name) => {
    expect(refused(name)).toBe(true)
  })

  it('takes or refuses anything at all, and never fails otherwise', () => {
    const anything = fc.anything({ withNullPrototype: true, withBigInt: true })
    fc.assert(fc.property(anything, (name) => void expect(refused(name) || checkName(name, 'queue') === name).toBe(true)))
  })

  it('takes no name that could be mistaken for a lane', () => {
    fc.assert(fc.property(fc.string(), (name) => void expect(refused(`${name}/`)).toBe(true)))
  })
})

describe('lanes', () => {
  it('lead back to their queue', () => {
    fc.assert(
      fc.property(names, names, (queue, kind) => {
        expect(laneQueue(queue)).toBe(queue)
        expect(laneQueue(kindLane(queue, kind))).toBe(queue)
        expect(laneQueue(suspectLane(queue))).toBe(queue)
      }),
    )
  })

  it('are told apart', () => {
    fc.assert(
      fc.property(names, names, (queue, kind) => {
        expect(isSuspectLane(suspectLane(queue))).toBe(true)
        expect(isSuspectLane(queue)).toBe(false)
        expect(isSuspectLane(kindLane(queue, kind))).toBe(false)
      }),
    )
  })
})
