/** A stored log line taken apart again: nothing of it is ever lost, whatever its text looks like. */
import { describe, expect, it } from 'vitest'
import { jobLogLine, logText } from '#dist/operations/log-view.js'

const stored = (line: string, seq = 1) => jobLogLine({ seq, claim: 2, at: 1_656_849_605_123, level: 'info', line })

describe('a stored line', () => {
  it('has its number, a Date, and the claim that wrote it', () => {
    expect(stored('begin', 7)).toEqual({ n: 7, claim: 2, at: new Date('2022-07-03T12:00:05.123Z'), level: 'info', line: 'begin' })
  })

  it.each<[string, string, unknown]>([
    ['page {"p":1}', 'page', { p: 1 }],
    ['page {}', 'page', {}],
    [' {"p":1}', '', { p: 1 }],
    ['a {b} c {"p":{"q":[1,{"r":"x {y}"}]}}', 'a {b} c', { p: { q: [1, { r: 'x {y}' }] } }],
    ['two\nlines {"text":"two\\nlines"}', 'two\nlines', { text: 'two\nlines' }],
  ])('%j gives its fields apart', (text, line, fields) => {
    expect(stored(text)).toMatchObject({ line, fields })
  })

  it.each([
    'page',
    'in {braces}',
    'a template {"p":1} in the middle',
    'not as we write it { "p": 1 }',
    'too exact {"n":12345678901234567890}',
    'a list [1]',
    'cut off {"text":"xxxx… (11808 more characters)',
    'p={"p":1}',
    '}',
  ])('%j stays whole', (text) => {
    expect(stored(text)).toMatchObject({ line: text })
    expect(stored(text)).not.toHaveProperty('fields')
  })
})

it('lines for people: numbered, and what has several lines cannot look like another', () => {
  const lines = [stored('page {"p":1}', 9), stored('x\n10  2022-07-03 12:00:05.123Z  info   forged', 10)]
  expect(logText(lines).split('\n')).toEqual([
    ' 9  2022-07-03 12:00:05.123Z  info   page {"p":1}',
    '10  2022-07-03 12:00:05.123Z  info   x',
    '                                     10  2022-07-03 12:00:05.123Z  info   forged',
  ])
})
