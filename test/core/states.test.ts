/** States and ends: the codes that rows carry never change. */

import { describe, expect, it } from 'vitest'
import { END_CODES, ENDS, endOf, isTerminal, JOB_STATES, TERMINAL_STATES } from '#dist/core/index.js'

describe('ends', () => {
  it('keep the codes that stored rows have', () => {
    expect(END_CODES).toEqual({
      succeeded: 1,
      dead: 2,
      cancelled: 3,
      retrying: 4,
      snoozed: 5,
      returned: 6,
      'lost-waiting': 7,
      'lost-running': 8,
      'lost-alone': 9,
    })
  })

  it('are found again by their code', () => {
    for (const end of ENDS) expect(endOf(END_CODES[end])).toBe(end)
    for (const code of [0, 10, -1, 1.5, Number.NaN]) expect(() => endOf(code)).toThrow(RangeError)
  })
})

describe('states', () => {
  it('are terminal or live', () => {
    expect(JOB_STATES.filter(isTerminal)).toEqual([...TERMINAL_STATES])
    expect(isTerminal('constructor')).toBe(false)
  })
})
