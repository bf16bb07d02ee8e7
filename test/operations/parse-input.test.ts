/** One definition of a verb's input, checked in one way for every face. */
import { describe, expect, it } from 'vitest'
import { newId } from '#dist/core/index.js'
import { type Field, operations, parseInput } from '#dist/operations/index.js'
import { thrownBy } from '../support/stores.js'

const id = newId()
const field = (type: Field['type'], more: Partial<Field> = {}): Record<string, Field> => ({ x: { type, words: 'what it is', ...more } })

describe('parseInput', () => {
  it.each<[string, Record<string, Field>, unknown, unknown]>([
    ['an id', field('id'), id, id],
    ['a text', field('text'), '', ''],
    ['a number', field('number'), 7, 7],
    ['a number as text', field('number'), '7', 7],
    ['a number at its bounds', field('number', { min: -3, max: 3 }), '-3', -3],
    ['a choice', field('choice', { choices: ['a', 'b'] }), 'b', 'b'],
    ['a flag', field('flag'), false, false],
    ['JSON', field('json'), '{"a":[1]}', { a: [1] }],
    ['JSON that is a value already', field('json'), { a: 1 }, { a: 1 }],
    ['JSON null', field('json'), 'null', null],
    ['a duration', field('duration'), '1m30s', 90_000],
    ['one of many', field('text', { many: true }), 'a', ['a']],
    ['many', field('id', { many: true }), [id, id], [id, id]],
    ['a default', field('number', { default: 5 }), undefined, 5],
  ])('takes %s', (_what, fields, value, expected) => {
    expect(parseInput(fields, value === undefined ? {} : { x: value })).toEqual({ x: expected })
  })

  it.each<[string, Record<string, Field>, unknown]>([
    ['an id that is none', field('id'), '42'],
    ['an id in upper case', field('id'), id.toUpperCase()],
    ['a text that is a number', field('text'), 7],
    ['a text that is too long', field('text'), 'x'.repeat(10_001)],
    ['a text with a NUL', field('text'), 'ab\0cd'],
    ['a text with half a surrogate pair', field('text'), 'ab\ud800cd'],
    ['half a number', field('number'), 1.5],
    ['an empty number', field('number'), ' '],
    ['a number below its least', field('number', { min: 1 }), 0],
    ['a number above its most', field('number', { max: 10 }), 11],
    ['a number that is none', field('number'), 'many'],
    ['an unknown choice', field('choice', { choices: ['a'] }), 'b'],
    ['a flag as text', field('flag'), 'true'],
    ['broken JSON', field('json'), '{a:1}'],
    ['null, which is not absence', field('text', { default: 'x' }), null],
    ['a wrong one among many', field('id', { many: true }), [id, 'x']],
  ])('refuses %s by name', (_what, fields, value) => {
    expect(thrownBy(() => parseInput(fields, { x: value }))).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'x' })
  })

  it.each([
    ['number', '0', 'The least is 1.'],
    ['number', 11, 'The most is 10.'],
    ['number', '1.5', 'Write it in digits, as 10.'],
    ['choice', 'ded', "Did you mean 'dead'?"],
    ['choice', 'x', 'Give one of: dead, queued.'],
    ['choice', undefined, 'Give one of: dead, queued.'],
    ['moment', 'yesterday', 'Write 2026-11-21, 2026-11-21T10:00Z, or how long ago: 30m, 2h, 7d.'],
    ['id', '01a1', "Give it whole, as 'worksong jobs list' shows it."],
  ] as const)('says of a wrong %s (%s) what is right: %s', (type, value, fix) => {
    const choices = type === 'choice' ? { choices: ['dead', 'queued'] } : {}
    const fields = { x: { type, words: 'words', required: true, min: 1, max: 10, ...choices } }
    expect(thrownBy(() => parseInput(fields, value === undefined ? {} : { x: value }))).toMatchObject({ field: 'x', fix })
  })

  it('refuses a wrong duration, what is missing, and what it does not know', () => {
    expect(thrownBy(() => parseInput(field('duration'), { x: 'soon' }))).toMatchObject({ code: 'WS_INVALID_DURATION', field: 'x' })
    const missing = thrownBy(() => parseInput(field('text', { required: true }), {}))
    expect(missing).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'x', fix: 'Give `x`: what it is.' })
    const typo = thrownBy(() => parseInput({ limit: { type: 'number', words: 'x' } }, { limt: 1 }))
    expect(typo).toMatchObject({ field: 'limt', fix: "Did you mean 'limit'?" })
    expect(thrownBy(() => parseInput(field('text'), { 0: 1 }))).toMatchObject({ field: '0', fix: 'It has: x.' })
    for (const key of ['y', 'constructor', '__proto__']) {
      const raw = Object.fromEntries([[key, 1]])
      expect(thrownBy(() => parseInput(field('text'), raw))).toMatchObject({ code: 'WS_INVALID_OPTION', field: key })
    }
  })
})

describe('the verbs', () => {
  it.each(operations.map((one) => [one.name.join(' '), one] as const))(
    '%s says what it is, who may, and how it is written',
    (name, one) => {
      expect(one.words).toMatch(/^[A-Z].*[^.]$/)
      expect(['view', 'operate', 'admin']).toContain(one.right)
      expect(one.examples.length).toBeGreaterThan(0)
      for (const example of one.examples) expect(example.startsWith(`worksong ${name}`)).toBe(true)
      const positions = Object.values(one.fields).flatMap(({ position }) => (position === undefined ? [] : [position]))
      expect(positions.sort()).toEqual([...positions.keys()])
      for (const { words, choices, type } of Object.values(one.fields)) {
        expect(words.length).toBeGreaterThan(0)
        expect(type === 'choice').toBe(choices !== undefined)
      }
    },
  )

  it('have a name of their own each', () => {
    const names = operations.map(({ name }) => name.join(' '))
    expect(new Set(names).size).toBe(names.length)
  })
})
