/** docs/reference/log-codes.md lists exactly the codes that src logs. */
import { expect, test } from 'vitest'
import { read, sources } from './repository.js'

const ROW = /^\| `([a-z.]+)` \| ([a-z, ]+) \|/gm
/** A code of the log is lower case with a dot; those of errors are not. */
const CODE = /\bcode: (['`])([a-z]+(?:\.(?:[a-z]+|\$\{name\}))+)\1/g
/** The maintenance loops are named where they are started. */
const LOOP = /#loop\('([a-z]+)'/g

const rows = [...read('docs/reference/log-codes.md').matchAll(ROW)].map(([, code = '']) => code)

function logged(files: Readonly<Record<string, string>>): string[] {
  const all = Object.values(files).join('\n')
  const loops = [...all.matchAll(LOOP)].map(([, name = '']) => name)
  const codes = [...all.matchAll(CODE)].flatMap(([, , code = '']) =>
    code.includes('$') ? loops.map((name) => code.replace(/\$\{name\}/, name)) : [code],
  )
  return [...new Set(codes)].sort()
}

test('docs/reference/log-codes.md lists exactly the codes that src logs, in order', () => {
  expect(rows).toEqual(logged(sources()))
})

test('every line that is logged has a code', () => {
  // `logger?.warn({ … })`, `logger?.[level]({ … })`: what is logged begins with an object whose first field is the code, or is made above.
  const without = Object.entries(sources()).flatMap(([path, source]) =>
    [...source.matchAll(/[lL]ogger\??\.(?:\[\w+\]|debug|info|warn|error)\(\s*\{(?! ?\s*code: )/g)].map(({ 0: text }) => `${path}: ${text}`),
  )
  expect(without).toEqual([])
})

test('the checker notices', () => {
  expect(logged({ 'a.ts': "logger?.warn({ code: 'a.b', error }, 'x')\nnew E({ code: 'WS_A' })" })).toEqual(['a.b'])
  expect(logged({ 'a.ts': "this.#loop('x', 1)\nlogger.warn({ code: `m.${name}.failed` })" })).toEqual(['m.x.failed'])
})
