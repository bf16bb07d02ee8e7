/** Failures: whatever is thrown becomes plain, bounded, storable data. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeFailure, encodeJson, type Failure, plainFailure } from '#dist/core/index.js'

const LIMIT = 400_000

function storable(thrown: unknown): Failure {
  const failure = describeFailure(thrown)
  expect(typeof failure.name).toBe('string')
  expect(typeof failure.message).toBe('string')
  expect(JSON.parse(encodeJson(failure, 'failure', LIMIT))).toEqual(failure)
  return failure
}

const hostile: [string, () => unknown][] = [
  ['null', () => null],
  ['undefined', () => undefined],
  ['a symbol', () => Symbol('x')],
  ['a BigInt', () => 10n],
  ['a function', () => () => 1],
  ['an object without a prototype', () => Object.create(null)],
  ['a frozen error', () => Object.freeze(new Error('cold'))],
  [
    'an error that is its own cause',
    () => {
      const e = new Error('loop')
      e.cause = e
      return e
    },
  ],
  [
    'a cycle',
    () => {
      const o: Record<string, unknown> = {}
      o.self = o
      return o
    },
  ],
  ['an error of 10 MB', () => new Error('x'.repeat(10_000_000))],
  ['an error with NUL and half a surrogate', () => new Error('a\0b\ud800c')],
  [
    'getters that throw',
    () =>
      new Proxy(
        {},
        {
          get() {
            throw new Error('no')
          },
        },
      ),
  ],
  [
    'a proxy that throws at everything',
    () =>
      new Proxy(
        {},
        new Proxy(
          {},
          {
            get() {
              throw new Error('no')
            },
          },
        ),
      ),
  ],
  [
    'a revoked proxy',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    },
  ],
  [
    'a revoked function',
    () => {
      const { proxy, revoke } = Proxy.revocable(() => 1, {})
      revoke()
      return proxy
    },
  ],
  ['a message that is an object', () => ({ message: { deep: 1 }, name: 7 })],
  [
    'a toJSON that throws',
    () => ({
      toJSON() {
        throw new Error('no')
      },
    }),
  ],
  [
    'a toString that throws',
    () =>
      Object.assign(() => 1, {
        toString() {
          throw new Error('no')
        },
      }),
  ],
  ['an array', () => [1, 2, 3]],
  ['an AggregateError', () => new AggregateError([new Error('a')], 'many')],
]

describe('describeFailure', () => {
  it.each(hostile)('makes %s storable', (_, make) => {
    storable(make())
  })

  it('never throws, whatever is thrown', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
        (thrown) => void storable(thrown),
      ),
    )
  })

  it('stays small however long the texts are', () => {
    fc.assert(
      fc.property(fc.nat({ max: 200_000 }), fc.nat({ max: 200_000 }), (message, code) => {
        const error = Object.assign(new Error('m'.repeat(message)), { code: 'c'.repeat(code), stack: 's'.repeat(message) })
        expect(JSON.stringify(storable(error)).length).toBeLessThan(30_000)
      }),
      { numRuns: 20 },
    )
  })

  it('keeps name, message, code, stack and cause of an ordinary error', () => {
    const error = Object.assign(new TypeError('outer', { cause: new Error('inner') }), { code: 'E_TEST' })
    const failure = storable(error)
    expect(failure).toMatchObject({ name: 'TypeError', message: 'outer', code: 'E_TEST', cause: { name: 'Error', message: 'inner' } })
    expect(failure.stack).toContain('failure.test')
  })

  it('follows a long chain of causes only so far', () => {
    let error = new Error('root')
    for (let depth = 0; depth < 1000; depth++) error = new Error(`at ${depth}`, { cause: error })
    let length = 0
    for (let at: Failure | undefined = storable(error); at; at = at.cause) length++
    expect(length).toBeGreaterThan(1)
    expect(length).toBeLessThan(20)
  })

  it('says what was cut', () => {
    expect(describeFailure(new Error('x'.repeat(10_000))).message).toMatch(/more characters\)$/)
  })
})

describe('plainFailure', () => {
  it('has no stack', () => {
    expect(plainFailure('Timeout', 'took too long')).toEqual({ name: 'Timeout', message: 'took too long' })
  })
})
