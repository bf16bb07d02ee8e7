/** Input schemas of three libraries, synchronous and asynchronous: checked at enqueue with paths, stored as given, parsed again at run. */
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineJob } from '#dist/client/index.js'
import type { Schema } from '#dist/core/index.js'
import { sqliteMemory } from '../support/engines.js'
import { errorOf, jobsIn } from '../support/stores.js'
import { newClient } from './parts.js'

interface Order {
  id: string
  lines: { sku: string; count: number }[]
}

const slowly = async () => true

const SCHEMAS: readonly [string, Schema<Order, unknown>][] = [
  ['zod', z.object({ id: z.string(), lines: z.array(z.object({ sku: z.string(), count: z.number() })) })],
  ['zod, asynchronous', z.object({ id: z.string().refine(slowly), lines: z.array(z.object({ sku: z.string(), count: z.number() })) })],
  ['valibot', v.object({ id: v.string(), lines: v.array(v.object({ sku: v.string(), count: v.number() })) })],
  [
    'valibot, asynchronous',
    v.objectAsync({
      id: v.pipeAsync(v.string(), v.checkAsync(slowly)),
      lines: v.array(v.object({ sku: v.string(), count: v.number() })),
    }),
  ],
  ['arktype', type({ id: 'string', lines: type({ sku: 'string', count: 'number' }).array() }) as unknown as Schema<Order, unknown>],
]

describe.each(SCHEMAS)('%s', (_library, input) => {
  const job = defineJob({ name: 'order', input })

  it('what fits is stored as given', async () => {
    const { enqueuer, engine } = await newClient(sqliteMemory)
    const given = { id: 'A1', lines: [{ sku: 'x', count: 2 }], note: 'kept though the schema does not know it' }
    const { id } = await enqueuer.enqueue(job, given)
    expect(JSON.parse((await engine.getJob({ id }))?.payload ?? '')).toEqual(given)
  })

  it('what does not fit is refused with its path, and nothing is stored', async () => {
    const { enqueuer, engine } = await newClient(sqliteMemory)
    const error = await errorOf(
      enqueuer.enqueue(job, {
        id: 'A1',
        lines: [
          { sku: 'x', count: 1 },
          { sku: 'y', count: 'two' },
        ],
      }),
    )
    expect(error).toMatchObject({ code: 'WS_INVALID_INPUT', field: 'lines[1].count' })
    expect((error as Error).message).toContain('input of order')
    expect(await errorOf(enqueuer.enqueue(job, undefined))).toMatchObject({ code: 'WS_INVALID_INPUT' })
    expect(await jobsIn(engine)).toBe(0)
  })

  it('of many, those that do not fit are told one by one', async () => {
    const { enqueuer, engine } = await newClient(sqliteMemory)
    const told: [number, string, string?][] = []
    const good = { id: 'A1', lines: [] }
    const counts = await enqueuer.enqueueMany(job, [good, { id: 1, lines: [] }, good, { id: 'A2' }] as never, {
      onOutcome: (one) =>
        told.push(one.status === 'rejected' ? [one.index, one.status, (one.error as { field: string }).field] : [one.index, one.status]),
    })
    expect(counts).toEqual({ enqueued: 2, duplicates: 0, rejected: 2 })
    expect(told.sort(([a], [b]) => a - b)).toEqual([
      [0, 'enqueued'],
      [1, 'rejected', 'id'],
      [2, 'enqueued'],
      [3, 'rejected', 'lines'],
    ])
    expect(await jobsIn(engine)).toBe(2)
  })
})

describe('schemas', () => {
  it('all paths that failed are named, ten at most', async () => {
    const { enqueuer } = await newClient(sqliteMemory)
    const job = defineJob({ name: 'list', input: z.array(z.number()) })
    const error = (await errorOf(enqueuer.enqueue(job, Array(15).fill('x')))) as Error
    expect(error.message).toMatch(/\[0\]: .*\[9\]: .*; and 5 more$/)
    expect(error.message).not.toContain('[10]')
  })

  it('a schema that throws fails its own call only', async () => {
    const { enqueuer, engine } = await newClient(sqliteMemory)
    const input: Schema<number> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => {
          if (value === 13) throw new TypeError('the schema itself is broken')
          return { value: value as number }
        },
      },
    }
    const job = defineJob({ name: 'n', input })
    const settled = await Promise.allSettled([12, 13, 14].map((n) => enqueuer.enqueue(job, n)))
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await enqueuer.enqueueMany(job, [12, 13, 14])).toEqual({ enqueued: 2, duplicates: 0, rejected: 1 })
    expect(await jobsIn(engine)).toBe(4)
  })

  it.each<[string, unknown, string]>([
    ['no result', undefined, 'The schema of the input of n gave undefined'],
    ['null', null, 'The schema of the input of n gave null'],
    ['a text', 'no', "The schema of the input of n gave 'no'"],
    ['issues that are no list', { issues: true }, 'gave issues that are no list: true'],
    ['a path of null', { issues: [{ message: 'm', path: [null] }] }, 'The input of n is not valid: null: m'],
    ['a path that is no list', { issues: [{ message: 'm', path: 5 }] }, 'The input of n is not valid: input: m'],
    ['an issue that is none', { issues: [null] }, 'The input of n is not valid: input: undefined'],
    ['a path of a symbol', { issues: [{ message: 'm', path: [Symbol('s'), { key: Object.create(null) }] }] }, 'Symbol(s).a value that'],
    ['no issue at all', { issues: [] }, 'The input of n is not valid: '],
  ])('a schema that gives %s is at fault itself, and is named', async (_what, result, words) => {
    const { enqueuer, engine } = await newClient(sqliteMemory)
    for (const answer of [result, Promise.resolve(result)]) {
      const input = { '~standard': { version: 1, vendor: 'test', validate: () => answer } } as Schema<number>
      const error = await errorOf(enqueuer.enqueue(defineJob({ name: 'n', input }), 1))
      expect(error).toMatchObject({ code: 'WS_INVALID_INPUT', message: expect.stringContaining(words) })
    }
    expect(await jobsIn(engine)).toBe(0)
  })

  it('what an asynchronous schema refuses is told before what JSON cannot carry', async () => {
    const { enqueuer } = await newClient(sqliteMemory)
    const job = defineJob({ name: 'slow', input: z.object({ n: z.number().refine(slowly), big: z.any() }) })
    expect(await errorOf(enqueuer.enqueue(job, { n: 'x', big: 1n }))).toMatchObject({ code: 'WS_INVALID_INPUT' })
    expect(await errorOf(enqueuer.enqueue(job, { n: 1, big: 1n }))).toMatchObject({ code: 'WS_UNSTORABLE' })
  })

  it('what a transform makes at enqueue is not stored: it is made at run', async () => {
    const { enqueuer, engine } = await newClient(sqliteMemory)
    let parsed = 0
    const input = z.object({ week: z.number().default(() => ++parsed), day: z.string().transform((text) => new Date(text)) })
    const { id } = await enqueuer.enqueue(defineJob({ name: 'w', input }), { day: '2022-07-03' })
    expect(JSON.parse((await engine.getJob({ id }))?.payload ?? '')).toEqual({ day: '2022-07-03' })
    expect(parsed).toBe(1)
  })
})
