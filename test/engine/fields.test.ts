/** Rows that came as one text are cut as splitting would. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Fields } from '#dist/engine/index.js'

const field = fc.string().map((text) => text.replaceAll('\x1e', '').replaceAll('\x1f', ''))

it('gives every field of every row, empty ones too', () => {
  const rows = fc.array(fc.tuple(fc.constantFrom('id', 'another'), field, field), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(rows, (given) => {
      const text = given.map((row) => row.join('\x1f')).join('\x1e')
      const read: string[][] = []
      for (const row = new Fields(text); row.more; ) read.push([row.next(), row.next(), row.last()])
      expect(read).toEqual(given)
    }),
  )
})

it('has no row in an empty text', () => {
  expect(new Fields('').more).toBe(false)
})
