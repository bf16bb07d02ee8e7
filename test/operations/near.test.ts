/** What was probably meant by a mistyped name. */
import { expect, it } from 'vitest'
import { nearest } from '#dist/operations/near.js'

const known = ['default', 'billing', 'billing-eu', 'mail', 'a']

it.each([
  ['biling', 'billing'],
  ['Billing', 'billing'],
  ['blilnig', 'billing'],
  ['mial', 'mail'],
  ['bill', 'billing'],
  ['default-queue', 'default'],
  ['billing-uk', 'billing'],
])('%s is near to %s', (name, meant) => {
  expect(nearest(name, known)).toBe(meant)
})

it.each(['reports', 'b', 'mailing-list'.slice(4), ''])("'%s' is near to none", (name) => {
  expect(nearest(name, known)).toBeUndefined()
  expect(nearest(name, [])).toBeUndefined()
})
