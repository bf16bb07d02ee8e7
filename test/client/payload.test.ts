/** What an input may hold: refused with its path where JSON would change it, and measured in bytes. The same on both engines. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { typed } from '#dist/core/index.js'
import { errorOf, jobsIn, makers } from '../support/stores.js'
import { newClient } from './parts.js'

const job = defineJob({ name: 'any', input: typed<unknown>() })
const cycle: Record<string, unknown> = { a: {} }
cycle.a = [cycle]

const HOSTILE: readonly [string, unknown, string][] = [
  ['NUL', { a: { b: ['x\0'] } }, 'input.a.b[0]'],
  ['half a surrogate pair', { a: '\ud83d' }, 'input.a'],
  ['NaN', [Number.NaN], 'input[0]'],
  ['a BigInt', { n: 1n }, 'input.n'],
  ['a cycle', cycle, 'input.a[0]'],
  ['__proto__', JSON.parse('{"a":{"__proto__":{"admin":true}}}'), 'input.a.__proto__'],
  ['a Map', { m: new Map() }, 'input.m'],
  ['a function', { f: () => 1 }, 'input.f'],
  ['minus zero', { z: -0 }, 'input.z'],
]

const KEPT: readonly [string, unknown][] = [
  ['astral characters and marks', { text: '😀 é ü ﷽ \u202e \u2028 "\\' }],
  ['all characters below the space but NUL', { text: String.fromCharCode(...Array.from({ length: 31 }, (_, at) => at + 1)) }],
  ['numbers at the edges', [Number.MAX_SAFE_INTEGER, Number.MIN_VALUE, 1e308, -1.5, 0]],
  ['text that looks like an escape', { text: '\\u0000 \\ud800 __proto__' }],
  ['an empty key, and keys of objects', { '': 1, constructor: 2, toString: 3 }],
  ['a text of 100,000 characters', 'ž'.repeat(100_000)],
  ['nothing', null],
]

describe.each(makers)('$name', (maker) => {
  it('hostile values are refused with their path, and nothing is stored', async () => {
    const { enqueuer, engine } = await newClient(maker)
    for (const [what, value, field] of HOSTILE) {
      expect([what, await errorOf(enqueuer.enqueue(job, value))]).toMatchObject([what, { code: 'WS_UNSTORABLE', field }])
    }
    const rejected: unknown[] = []
    const values = HOSTILE.map(([, value]) => value)
    const counts = await enqueuer.enqueueMany(job, values, {
      onOutcome: (one) => void (one.status === 'rejected' && rejected.push(one.error)),
    })
    expect(counts).toEqual({ enqueued: 0, duplicates: 0, rejected: values.length })
    expect(rejected).toMatchObject(HOSTILE.map(([, , field]) => ({ field })))
    expect(await jobsIn(engine)).toBe(0)
  })

  it('what is accepted comes back the same, also through a claim', async () => {
    const { enqueuer, engine } = await newClient(maker)
    for (const [what, value] of KEPT) {
      const { id } = await enqueuer.enqueue(job, value)
      expect([what, JSON.parse((await engine.getJob({ id }))?.payload ?? '')]).toEqual([what, value])
    }
    await enqueuer.enqueueMany(
      job,
      KEPT.map(([, value]) => value),
    )
    expect(await jobsIn(engine)).toBe(2 * KEPT.length)
  })

  it('an input over the limit is refused, and one of the limit is not', async () => {
    const { enqueuer, engine } = await newClient(maker, { maxPayloadBytes: 100 })
    // 49 × 2 bytes and two quotes.
    expect(await errorOf(enqueuer.enqueue(job, 'é'.repeat(50)))).toMatchObject({ code: 'WS_TOO_LARGE', field: 'input' })
    expect(await errorOf(enqueuer.enqueue(job, 'é'.repeat(49)))).toBeUndefined()
    expect(await enqueuer.enqueueMany(job, ['x'.repeat(98), 'x'.repeat(99)])).toEqual({ enqueued: 1, duplicates: 0, rejected: 1 })
    expect(await jobsIn(engine)).toBe(2)
  })
})
