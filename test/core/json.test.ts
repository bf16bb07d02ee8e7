/** JSON: what is accepted comes back the same to the bit; what is refused is named by its path. */

import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeJson, encodeJson, isWorksongError, safeText, utf8Length } from '#dist/core/index.js'

const LIMIT = 10_000_000

function refusal(value: unknown, limit = LIMIT): { code?: string; field?: string } {
  try {
    return { code: `accepted: ${encodeJson(value, 'input', limit)}` }
  } catch (error) {
    if (!isWorksongError(error)) throw error
    return { code: error.code, ...(error.field === undefined ? {} : { field: error.field }) }
  }
}

/** Keys that could hide __proto__ are left to the cases below. */
const text = fc.string({ unit: 'grapheme' }).filter((value) => value !== '__proto__' && !value.includes('\0'))
const values = fc.letrec((tie) => ({
  leaf: fc.oneof(
    text,
    fc.boolean(),
    fc.constant(null),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
  ),
  value: fc.oneof(
    { depthSize: 'small' },
    tie('leaf'),
    fc.array(tie('value')),
    fc.dictionary(text, tie('value'), { noNullPrototype: true }),
  ),
})).value

class Hidden {
  readonly #secret = 1
  get secret(): number {
    return this.#secret
  }
}

class Point {
  readonly x = 1
  readonly #y = 2
  get y(): number {
    return this.#y
  }
}

function returnsThis(this: unknown): unknown {
  return this
}

const cycleOfJson: Record<string, unknown> = {}
cycleOfJson.a = { toJSON: () => cycleOfJson }

describe('encodeJson', () => {
  it('keeps what it accepts to the bit', () => {
    fc.assert(fc.property(values, (value) => void expect(JSON.parse(encodeJson(value, 'input', LIMIT))).toStrictEqual(value)))
  })

  it('accepts or refuses anything at all, and what it accepts survives both stores', () => {
    const anything = fc.anything({
      withBigInt: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
    })
    fc.assert(
      fc.property(anything, (value) => {
        try {
          const json = encodeJson(value, 'input', LIMIT)
          expect(JSON.stringify(JSON.parse(json))).toBe(json)
          expect(/\\u0000|\\ud[89a-f]/.test(json.replaceAll('\\\\', ''))).toBe(false)
        } catch (error) {
          expect(isWorksongError(error, 'WS_UNSTORABLE')).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it.each<[string, unknown, string]>([
    ['NUL', { a: ['x', 'y\0z'] }, 'input.a[1]'],
    ['NUL in a property name', { a: { 'b\0': 1 } }, 'input.a (a property name)'],
    ['half a surrogate pair', { a: { b: 'x\ud800' } }, 'input.a.b'],
    ['the other half', ['\udfff'], 'input[0]'],
    ['NaN', { a: Number.NaN }, 'input.a'],
    ['Infinity', [[Number.POSITIVE_INFINITY]], 'input[0][0]'],
    ['-Infinity', Number.NEGATIVE_INFINITY, 'input'],
    ['a BigInt', { big: 1n }, 'input.big'],
    ['a symbol', { s: Symbol('x') }, 'input.s'],
    ['a function', { f: () => 1 }, 'input.f'],
    ['a function at the top', () => 1, 'input'],
    ['a Map', { m: new Map([[1, 2]]) }, 'input.m'],
    ['a Set', [new Set([1])], 'input[0]'],
    ['a RegExp', { r: /x/ }, 'input.r'],
    ['an Error', { e: new Error('x') }, 'input.e'],
    ['bytes', { b: new Uint8Array(3) }, 'input.b'],
    ['an ArrayBuffer', { b: new ArrayBuffer(3) }, 'input.b'],
    ['a Promise', { p: Promise.resolve(1) }, 'input.p'],
    ['an invalid Date', { d: new Date(Number.NaN) }, 'input.d'],
    ['undefined in a list', [1, undefined], 'input[1]'],
    // biome-ignore lint/suspicious/noSparseArray: that is the case
    ['a hole in a list', { l: [1, , 3] }, 'input.l[1]'],
    ['__proto__', JSON.parse('{"a":{"__proto__":{"admin":true}}}'), 'input.a.__proto__'],
    ['a WeakMap', { w: new WeakMap() }, 'input.w'],
    ['a WeakSet', { w: new WeakSet() }, 'input.w'],
    ['a URLSearchParams', { u: new URLSearchParams('a=1') }, 'input.u'],
    ['a generator', { g: (function* () {})() }, 'input.g'],
    ['an instance that keeps all to itself', { h: new Hidden() }, 'input.h'],
    ['a boxed symbol', { b: Object(Symbol('x')) }, 'input.b'],
    ['a Map of another realm', { m: runInNewContext('new Map([[1, 2]])') }, 'input.m'],
    ['a property named by a symbol', { a: { [Symbol('x')]: 1 } }, 'input.a[Symbol(x)]'],
    ['a function beside toJSON', { toJSON: returnsThis, f: () => 1 }, 'input.f'],
    ['a cycle behind toJSON', cycleOfJson, 'input.a'],
    ['NaN in what toJSON gives', { a: { toJSON: () => ({ b: Number.NaN }) } }, 'input.a.b'],
    ['undefined as what toJSON gives', { a: { toJSON: () => undefined } }, 'input.a'],
    ['a boxed BigInt', { b: Object(1n) }, 'input.b'],
    ['a boxed NaN', { b: Object(Number.NaN) }, 'input.b'],
  ])('refuses %s and names its path', (_, value, field) => {
    expect(refusal(value)).toEqual({ code: 'WS_UNSTORABLE', field })
  })

  it('refuses a cycle, but not a value that is used twice', () => {
    const list: unknown[] = [1]
    list.push({ back: list })
    expect(refusal({ list })).toEqual({ code: 'WS_UNSTORABLE', field: 'input.list[1].back' })
    const shared = { x: 1 }
    expect(encodeJson([shared, shared], 'input', LIMIT)).toBe('[{"x":1},{"x":1}]')
  })

  it('takes plain objects of any realm, instances with fields, and toJSON that gives the object itself', () => {
    const inherits = Object.assign(Object.create({ inherited: { n: Number.NaN } }), { own: 1 })
    const hidden = Object.defineProperty({ a: 1 }, Symbol('x'), { value: 1, enumerable: false })
    const taken: readonly [unknown, string][] = [
      [{}, '{}'],
      [Object.create(null), '{}'],
      [runInNewContext('({ a: {}, b: [] })'), '{"a":{},"b":[]}'],
      [new Point(), '{"x":1}'],
      [inherits, '{"own":1}'],
      [hidden, '{"a":1}'],
      [{ a: 1, toJSON: returnsThis }, '{"a":1}'],
      [[{ deep: { a: [1], toJSON: returnsThis } }], '[{"deep":{"a":[1]}}]'],
      [{ toJSON: () => ({ b: 1, toJSON: () => 'not asked' }) }, '{"b":1}'],
      [new URL('https://example.com'), '"https://example.com/"'],
    ]
    for (const [value, json] of taken) expect(encodeJson(value, 'input', LIMIT)).toBe(json)
  })

  it('refuses nesting that would break the stack', () => {
    let deep: unknown = 1
    for (let depth = 0; depth < 100_000; depth++) deep = depth % 2 ? [deep] : { d: deep }
    expect(refusal(deep).code).toBe('WS_UNSTORABLE')
  })

  it('refuses minus zero or keeps it, but does not change it in silence', () => {
    const answer = refusal([-0])
    expect(answer.code === 'WS_UNSTORABLE' || answer.code === 'accepted: [-0]').toBe(true)
  })

  it('leaves out what is undefined, and stores dates and constructor keys as JSON does', () => {
    const value = { a: undefined, at: new Date(0), constructor: 'x', prototype: { y: 1 }, nothing: null }
    expect(encodeJson(value, 'input', LIMIT)).toBe('{"at":"1970-01-01T00:00:00.000Z","constructor":"x","prototype":{"y":1},"nothing":null}')
    expect(encodeJson(undefined, 'input', LIMIT)).toBe('null')
  })

  it('takes texts that only look suspicious', () => {
    for (const value of ['\\u0000', '\\ud800', '__proto__', '😀', '\u202eabc', '\\\\u0000']) {
      expect(JSON.parse(encodeJson({ value }, 'input', LIMIT))).toEqual({ value })
    }
  })

  it('measures the limit in bytes of UTF-8', () => {
    fc.assert(
      fc.property(text, fc.nat({ max: 60 }), (value, limit) => {
        const fits = Buffer.byteLength(JSON.stringify(value)) <= limit
        expect(refusal(value, limit).code?.startsWith('accepted') ?? false).toBe(fits)
      }),
    )
    expect(refusal('long', 3)).toEqual({ code: 'WS_TOO_LARGE', field: 'input' })
  })
})

describe('decodeJson', () => {
  it('names what could not be read', () => {
    expect(decodeJson('{"a":1}', 'payload')).toEqual({ a: 1 })
    expect(() => decodeJson('{', 'payload')).toThrow(expect.objectContaining({ code: 'WS_UNREADABLE' }))
  })
})

describe('texts', () => {
  it('have the length in bytes that Node gives them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => void expect(utf8Length(value)).toBe(Buffer.byteLength(value))),
      {
        examples: [['😀'], ['é中😀a']],
      },
    )
  })

  it('are made storable and cut', () => {
    const wild = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) })
    fc.assert(
      fc.property(wild, fc.nat({ max: 20 }), (value, length) => {
        const safe = safeText(value, length)
        expect(safe.length).toBeLessThanOrEqual(length + 40)
        expect(JSON.parse(encodeJson(safe, 'text', LIMIT))).toBe(safe)
      }),
    )
  })
})
