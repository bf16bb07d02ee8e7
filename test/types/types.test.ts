/** What TypeScript knows: checked by `npm run types`, where an unused @ts-expect-error is an error too. Nothing here runs against a store. */
import { DatabaseSync } from '@photostructure/sqlite'
import { type } from 'arktype'
import pg from 'pg'
import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'
import { defineJob, type Enqueued, implement, type JobContext, type JobDefinition, retryAfter, snooze, typed, Worksong } from 'worksong'
import { z } from 'zod'

const app = new Worksong({ store: 'sqlite::memory:', logger: false })
/** Looked at by the compiler, never called. */
const unused = (_look: () => unknown): void => {}

type InOf<J> = J extends JobDefinition<infer In, infer _Parsed, infer _Result> ? In : never
type ParsedOf<J> = J extends JobDefinition<infer _In, infer Parsed, infer _Result> ? Parsed : never
type ResultOf<J> = J extends JobDefinition<infer _In, infer _Parsed, infer Result> ? Result : never

describe('input', () => {
  it('is the input type of the schema at enqueue, and its output type at run', () => {
    const job = defineJob({
      name: 'a',
      input: z.object({ day: z.string().transform((text) => new Date(text)), week: z.number().default(1) }),
      run(input, ctx) {
        expectTypeOf(input).toEqualTypeOf<{ day: Date; week: number }>()
        expectTypeOf(ctx).toEqualTypeOf<JobContext>()
      },
    })
    expectTypeOf<InOf<typeof job>>().toEqualTypeOf<{ day: string; week?: number | undefined }>()
    unused(() => app.enqueue(job, { day: '2022-07-03' }))
    unused(() => app.enqueue(job, { day: '2022-07-03', week: 2 }, { delay: '5m' }))
    unused(() => app.enqueueMany(job, [{ day: '2022-07-03' }], { id: (input) => input.day }))
    // @ts-expect-error the parsed type is not what enqueue takes
    unused(() => app.enqueue(job, { day: new Date() }))
    // @ts-expect-error the input is needed
    unused(() => app.enqueue(job))
    // @ts-expect-error and cannot be left undefined
    unused(() => app.enqueue(job, undefined, { delay: '5m' }))
    // @ts-expect-error one of the many is wrong
    unused(() => app.enqueueMany(job, [{ day: '2022-07-03' }, { day: 3 }]))
    // @ts-expect-error one of the many is missing
    unused(() => app.enqueueMany(job, [{ day: '2022-07-03' }, undefined]))
    // @ts-expect-error an option that there is not
    unused(() => app.enqueue(job, { day: '2022-07-03' }, { dealy: '5m' }))
  })

  it('comes from Valibot and ArkType as from Zod', () => {
    const valibot = defineJob({ name: 'v', input: v.object({ n: v.pipe(v.string(), v.transform(Number)) }), run: (input) => input })
    expectTypeOf<InOf<typeof valibot>>().toEqualTypeOf<{ n: string }>()
    expectTypeOf<ParsedOf<typeof valibot>>().toEqualTypeOf<{ n: number }>()
    const arktype = defineJob({ name: 'ark', input: type({ n: 'string.numeric.parse' }), run: (input) => input })
    expectTypeOf<InOf<typeof arktype>>().toEqualTypeOf<{ n: string }>()
    expectTypeOf<ParsedOf<typeof arktype>>().toEqualTypeOf<{ n: number }>()
  })

  it('may be left out where a job declares none', () => {
    const job = defineJob({ name: 'none', run: () => 7 })
    expectTypeOf<InOf<typeof job>>().toEqualTypeOf<void>()
    unused(() => app.enqueue(job))
    unused(() => app.enqueue(job, undefined, { delay: '5m' }))
    // @ts-expect-error it takes no input
    unused(() => app.enqueue(job, { n: 1 }))
  })

  it('may be left out where it is optional, and is checked where it is given', () => {
    const job = defineJob({ name: 'maybe', input: z.object({ n: z.number() }).optional(), run: (input) => input?.n })
    unused(() => app.enqueue(job))
    unused(() => app.enqueue(job, { n: 1 }))
    unused(() => app.enqueue(job, undefined, { queue: 'q' }))
    // @ts-expect-error a wrong one
    unused(() => app.enqueue(job, { n: '1' }))
  })

  it('may be a union, and keeps its parts together', () => {
    const input = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), a: z.number() }),
      z.object({ kind: z.literal('b'), b: z.string() }),
    ])
    const job = defineJob({
      name: 'union',
      input,
      run(one) {
        if (one.kind === 'a') expectTypeOf(one.a).toEqualTypeOf<number>()
        else expectTypeOf(one.b).toEqualTypeOf<string>()
      },
    })
    unused(() => app.enqueue(job, { kind: 'a', a: 1 }))
    unused(() => app.enqueue(job, { kind: 'b', b: 'x' }))
    // @ts-expect-error parts of two
    unused(() => app.enqueue(job, { kind: 'a', b: 'x' }))
  })

  it('may be a type alone', () => {
    const job = defineJob({ name: 'typed', input: typed<{ id: string; tags?: string[] }>(), run: (input) => input.tags })
    expectTypeOf<InOf<typeof job>>().toEqualTypeOf<{ id: string; tags?: string[] }>()
    expectTypeOf<ParsedOf<typeof job>>().toEqualTypeOf<{ id: string; tags?: string[] }>()
    expectTypeOf<ResultOf<typeof job>>().toEqualTypeOf<string[] | undefined>()
    // @ts-expect-error not that type
    unused(() => app.enqueue(job, { id: 7 }))
  })

  it('is not known where the definition is not', () => {
    const job = app.definitions.get('a') as JobDefinition
    unused(() => app.enqueue(job, { anything: 1 }))
    unused(() => app.enqueue(job))
    unused(() => app.enqueueMany(job, [1, 'two']))
  })
})

describe('result', () => {
  it('is what the handler returns, without outcomes and promises', () => {
    const job = defineJob({
      name: 'r',
      async run() {
        if (Math.random() < 0.5) return retryAfter('5m')
        if (Math.random() < 0.5) return snooze('1h')
        return { receipt: 'x' }
      },
    })
    expectTypeOf<ResultOf<typeof job>>().toEqualTypeOf<{ receipt: string }>()
  })

  it('is the parsed output where there is an output schema, which the handler must fit', () => {
    const output = z.object({ n: z.number().default(1), at: z.string().transform((text) => new Date(text)) })
    const job = defineJob({ name: 'o', output, run: () => ({ at: '2022-07-03' }) })
    expectTypeOf<ResultOf<typeof job>>().toEqualTypeOf<{ n: number; at: Date }>()
    // @ts-expect-error a result that does not fit
    unused(() => defineJob({ name: 'o', output, run: () => ({ at: 7 }) }))
    unused(() => defineJob({ name: 'o', output, run: () => retryAfter('5m') }))
  })

  it('of enqueue is never null', () => {
    unused(async () => {
      expectTypeOf(await app.enqueue(defineJob({ name: 'none', run: () => 7 }))).toEqualTypeOf<Enqueued<number>>()
      expectTypeOf<Enqueued>().toExtend<{ readonly id: string; readonly status: 'enqueued' | 'duplicate' }>()
    })
  })
})

describe('implement', () => {
  const contract = defineJob({ name: 'c', input: z.object({ day: z.coerce.date() }), output: z.object({ receipt: z.string() }) })

  it('gives the handler the parsed input and asks it for the result', () => {
    const job = implement(contract, async (input) => {
      expectTypeOf(input).toEqualTypeOf<{ day: Date }>()
      return { receipt: 'x' }
    })
    expectTypeOf(job).toEqualTypeOf<typeof contract>()
    unused(() => implement(contract, () => retryAfter('5m')))
    // @ts-expect-error another result
    unused(() => implement(contract, () => ({ receipt: 7 })))
    // @ts-expect-error another input
    unused(() => implement(contract, (_input: { day: string }) => ({ receipt: 'x' })))
  })

  it('asks the handler for what goes into an output schema, and keeps what comes out', () => {
    const total = defineJob({ name: 't', input: typed<number>(), output: z.object({ sum: z.string().transform(Number) }) })
    const job = implement(total, (n) => ({ sum: String(n) }))
    expectTypeOf<ResultOf<typeof job>>().toEqualTypeOf<{ sum: number }>()
    // @ts-expect-error what the schema makes of it
    unused(() => implement(total, (n) => ({ sum: n })))
  })

  it('takes the result of a job without an output schema from its handler', () => {
    const job = implement(defineJob({ name: 'p', input: typed<number>() }), async (n) => (n > 3 ? { n } : snooze('1h')))
    expectTypeOf<ResultOf<typeof job>>().toEqualTypeOf<{ n: number }>()
  })

  it('leaves enqueueing by the contract as it was', () => {
    unused(() => app.enqueue(contract, { day: new Date() }))
    // @ts-expect-error the input is needed
    unused(() => app.enqueue(contract))
  })
})

describe('waiting', () => {
  const job = defineJob({ name: 'w', input: typed<number>(), run: async (n) => ({ n }) })

  it('gives what the job returns, by the id that enqueue gave', async () => {
    const enqueued = app.enqueue(job, 1)
    unused(async () => expectTypeOf(await app.jobs.wait((await enqueued).id)).toEqualTypeOf<{ n: number }>())
    unused(async () => expectTypeOf((await enqueued).id).toExtend<string>())
  })

  it('by an id from elsewhere gives what one names, or unknown', () => {
    const id: string = 'from elsewhere'
    unused(async () => expectTypeOf(await app.jobs.wait(id)).toEqualTypeOf<unknown>())
    unused(async () => expectTypeOf(await app.jobs.wait<{ n: number }>(id)).toEqualTypeOf<{ n: number }>())
  })
})

describe('tx', () => {
  const job = defineJob({ name: 'x', input: typed<number>() })

  it('takes clients and handles of whatever library, and no pool', () => {
    unused(() => app.enqueue(job, 1, { tx: new pg.Client() }))
    unused(async () => app.enqueue(job, 1, { tx: await new pg.Pool().connect() }))
    unused(() => app.enqueueMany(job, [1], { tx: new DatabaseSync(':memory:') }))
    // What the adapters of other libraries are like: classes and objects that have nothing in common with ours.
    unused(() => app.enqueue(job, 1, { tx: {} as { readonly isTransaction: true; execute(query: string): Promise<unknown[]> } }))
    unused(() => app.enqueue(job, 1, { tx: {} as object }))
    // @ts-expect-error a pool has no transaction
    unused(() => app.enqueue(job, 1, { tx: new pg.Pool() }))
    // @ts-expect-error and not for many either
    unused(() => app.enqueueMany(job, [1], { tx: new pg.Pool() }))
    // @ts-expect-error the name of one
    unused(() => app.enqueue(job, 1, { tx: 'begin' }))
  })
})

describe('options', () => {
  it('of an app take what defineJob made, and undefined for what is absent', () => {
    const jobs = [defineJob({ name: 'a', run: () => 1 }), defineJob({ name: 'b', input: typed<{ n: number }>(), run: ({ n }) => n })]
    unused(() => new Worksong({ store: 'sqlite::memory:', jobs, queues: undefined, logger: undefined }))
    // @ts-expect-error no store
    unused(() => new Worksong({ jobs }))
    // @ts-expect-error not a job
    unused(() => new Worksong({ store: 'sqlite::memory:', jobs: [{ name: 'a' }] }))
  })

  it('of a worker name queues in order or by weight', () => {
    unused(() => app.worker({ queues: ['a', 'b'] }))
    unused(() => app.worker({ queues: { a: 3, b: 1 } }))
    // @ts-expect-error a weight is a number
    unused(() => app.worker({ queues: { a: 'much' } }))
  })
})
