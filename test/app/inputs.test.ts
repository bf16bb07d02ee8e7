/** An input from the call to the handler: what was given, as it was at the call; and nothing where nothing was given. */
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Worksong } from '#dist/app/index.js'
import { defineJob, type EnqueueOptions } from '#dist/client/index.js'
import { type JobDefinition, type Schema, typed } from '#dist/core/index.js'
import { FaultyEngine } from '../support/faulty-engine.js'
import { errorOf, makers, newPlace } from '../support/stores.js'
import { appOf } from './parts.js'

/** What the handler of a job gets for each of these calls. */
async function received(app: Worksong, job: JobDefinition, seen: unknown[], ...calls: readonly (readonly unknown[])[]): Promise<unknown[]> {
  for (const call of calls) {
    const { id } = await app.enqueue(job, ...(call as [unknown]))
    await app.jobs.wait(id)
  }
  return seen
}

const OPTIONAL: readonly [string, JobDefinition['input'], unknown][] = [
  ['zod: optional', z.object({ a: z.number() }).optional(), undefined],
  ['zod: with a default', z.string().default('x'), 'x'],
  ['zod: void', z.void(), undefined],
  ['zod: any', z.any(), undefined],
  [
    'zod: asynchronous',
    z
      .string()
      .default('y')
      .refine(async () => true),
    'y',
  ],
  ['valibot: optional', v.optional(v.string()), undefined],
  ['typed', typed<string | undefined>(), undefined],
]

const SLOW = z.object({ i: z.number() }).refine(async () => true)

describe.each(makers)('$name', (maker) => {
  it.each(OPTIONAL)('an input that need not be given is not given to the handler either: %s', async (_what, input, expected) => {
    const seen: unknown[] = []
    const job = defineJob({ name: 'j', input, retry: false, run: (given) => void seen.push(given) })
    const app = appOf({ store: (await newPlace(maker)).engine(), jobs: [job] })
    await app.worker().start()
    expect(await received(app, job, seen, [], [undefined])).toEqual([expected, expected])
    const [listed] = (await app.jobs.list()).jobs
    expect((await app.jobs.get(listed?.id ?? ''))?.input).toBeUndefined()
    await app.enqueueMany(job, [undefined])
    await expect.poll(() => seen).toEqual([expected, expected, expected])
  })

  it('null is null, and nothing is nothing', async () => {
    const seen: unknown[] = []
    const run = (given: unknown) => void seen.push(given)
    const nullable = defineJob({ name: 'nullable', input: z.string().nullable().optional(), run })
    const free = defineJob({ name: 'free', run })
    const app = appOf({ store: (await newPlace(maker)).engine(), jobs: [nullable, free] })
    await app.worker().start()
    expect(await received(app, nullable, seen, [null], [])).toEqual([null, undefined])
    expect(await received(app, free, seen, [], [null])).toEqual([null, undefined, undefined, null])
    const { id } = await app.enqueue(nullable, null)
    expect((await app.jobs.get(id))?.input).toBeNull()
  })

  it.each([
    ['typed', typed<{ i: number }>()],
    ['with an asynchronous schema', SLOW as Schema<{ i: number }>],
  ])('an object that is used again is stored as it was at each call, before the store is open and after: %s', async (_what, input) => {
    const job = defineJob({ name: 'j', input })
    const app = appOf({ store: (await newPlace(maker)).engine(), jobs: [job] })
    for (const _opened of [false, true]) {
      const row = { i: 0 }
      const options: EnqueueOptions & { tags: string[] } = { tags: [''], reference: {}, retry: { delays: [0] } }
      const calls = []
      for (let i = 0; i < 3; i++) {
        row.i = i
        options.priority = i
        options.tags[0] = `${i}`
        options.reference = { i: `${i}` }
        Object.assign(options.retry ?? {}, { delays: Array(i).fill(1) })
        calls.push(app.enqueue(job, row, options))
      }
      row.i = 99
      options.tags[0] = 'late'
      const jobs = await Promise.all((await Promise.all(calls)).map(({ id }) => app.jobs.get(id)))
      expect(jobs.map((one) => one?.input)).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }])
      expect(jobs.map((one) => [one?.priority, one?.tags, one?.reference, one?.maxAttempts])).toEqual(
        [0, 1, 2].map((i) => [i, [`${i}`], { i: `${i}` }, i + 1]),
      )
    }
  })

  it('what is wrong is said at once, though the store is away, and the store is not asked for', async () => {
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    faults.failBefore('open', Number.POSITIVE_INFINITY)
    const job = defineJob({ name: 'j', input: z.object({ n: z.number() }) })
    const app = appOf({ store: faults.engine, jobs: [job], patience: '1h' })
    const wrong = [
      app.enqueue(job, { n: 'x' } as never),
      app.enqueue(job, { n: 1, m: 1n } as never),
      app.enqueue(job, { n: 1 }, { dealy: 1 } as never),
      app.enqueue({} as never, 1 as never),
      app.enqueueMany(job, 5 as never),
      app.enqueueMany(job, [], { id: 'x' } as never),
    ]
    const codes = (await Promise.all(wrong.map(errorOf))).map((error) => (error as { code: string }).code)
    expect(codes).toEqual(['WS_INVALID_INPUT', 'WS_UNSTORABLE', ...Array(4).fill('WS_INVALID_OPTION')])
    expect(faults.callsOf('open')).toEqual([])
  })
})
