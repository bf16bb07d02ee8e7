/** Tables and lists for a terminal. */
import { describe, expect, it } from 'vitest'
import { lines, table, when } from '#dist/operations/table.js'

describe('table', () => {
  it('has columns as wide as their widest cell, and numbers to the right', () => {
    expect(
      table(
        ['name', 'n', 'note'],
        [
          ['a', 5, null],
          ['longer', 1000, 'x'],
        ],
      ),
    ).toBe('name       n  note\na          5  -\nlonger  1000  x')
  })

  it('of nothing says so', () => {
    expect(table(['id', 'result'], [])).toBe('id  result\n(none)')
  })
})

describe('lines', () => {
  it('leave out what is absent, and stand under each other', () => {
    expect(
      lines([
        ['id', 'x'],
        ['worker', null],
        ['attempt', 0],
        ['tags', ''],
      ]),
    ).toBe('id:      x\nattempt: 0')
    expect(lines([])).toBe('')
  })
})

describe('when', () => {
  it('is a moment in UTC, to the second', () => {
    expect([when(new Date('2022-07-03T12:00:05.123Z')), when(null)]).toEqual(['2022-07-03 12:00:05Z', null])
  })
})
