/** The catalogue of errors in the docs and the codes in the code are the same, and say the same. */

import { expect, test } from 'vitest'
import { ERROR_CODES } from '#dist/core/index.js'
import { read, sources } from './repository.js'

const ROW = /^\| `(WS_[A-Z_]+)` \| (.+?) \| (.+?) \|$/gm

const rows = [...read('docs/reference/errors.md').matchAll(ROW)].map(([, code, meaning, advice]) => ({ code, meaning, advice }))

test('docs/reference/errors.md lists exactly the codes of the code, once each, in the same order', () => {
  expect(rows.map(({ code }) => code)).toEqual(Object.keys(ERROR_CODES))
})

test('it gives the same meaning', () => {
  expect(Object.fromEntries(rows.map(({ code, meaning }) => [code, meaning]))).toEqual(ERROR_CODES)
})

test('it says what to do, in whole sentences', () => {
  for (const { code, advice } of rows) expect(`${code}: ${advice}`).toMatch(/: [A-Z`].{20,}\.$/)
})

test('no other code is written anywhere in src', () => {
  const written = Object.values(sources()).flatMap((source) => source.match(/\bWS_[A-Z_]*[A-Z]\b/g) ?? [])
  expect([...new Set(written)].filter((code) => !(code in ERROR_CODES))).toEqual([])
})
