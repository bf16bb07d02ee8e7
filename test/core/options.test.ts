/** What is no object is called by what it is. */
import { expect, it } from 'vitest'
import { checkObject } from '#dist/core/options.js'
import { thrownBy } from '../support/stores.js'

it.each([
  [undefined, 'undefined'],
  [null, 'null'],
  [[1], 'a list'],
  ['x', 'a string'],
  [() => 1, 'a function'],
])('%o', (value, words) => {
  expect(thrownBy(() => checkObject(value, 'options'))).toMatchObject({ message: `options must be an object, not ${words}` })
})
