/** One attempt: decode, validate, middleware, handler, outcome; settled once. */
import { setImmediate as turn } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineJob, type JobOptions } from '#dist/client/index.js'
import { cancel, fixed, type JobContext, type JobDefinition, typed, WorksongError } from '#dist/core/index.js'
import { Attempt } from '#dist/worker/attempt.js'
import { sqliteMemory } from '../support/engines.js'
import { newEngine } from '../support/stores.js'
import { claimedJob, TestHost } from './parts.js'

let host: TestHost

beforeEach(async () => {
  host = new TestHost(await newEngine(sqliteMemory))
})

const define = (options: Partial<JobOptions> & { run?: unknown; input?: unknown; output?: unknown }) =>
  defineJob({ name: 'k', ...options } as never) as JobDefinition

describe('handlers', () => {
  it.each<[string, (input: unknown) => unknown]>([
    ['synchronous', (input) => ({ got: input })],
    ['asynchronous', async (input) => ({ got: input })],
    [
      'slow',
      async (input) => {
        await turn()
        return { got: input }
      },
    ],
  ])('that are %s succeed with what they return', async (_kind, run) => {
    expect(await host.run(define({ run }), { payload: '{"n":1}' })).toMatchObject({ end: 'succeeded', used: 1, body: '{"got":{"n":1}}' })
  })

  it.each<[string, () => unknown]>([
    [
      'synchronous',
      () => {
        throw new TypeError('boom')
      },
    ],
    [
      'asynchronous',
      async () => {
        throw new TypeError('boom')
      },
    ],
  ])('that throw are retried: %s', async (_kind, run) => {
    const { end, failure } = await host.run(define({ run }))
    expect([end, failure?.name, failure?.message]).toEqual(['retrying', 'TypeError', 'boom'])
  })

  it('may return an outcome, which no output schema looks at', async () => {
    const run = () => cancel('closed')
    expect(await host.run(define({ run, output: z.number() }))).toMatchObject({ end: 'cancelled', failure: { message: 'closed' } })
  })

  it('run within what the app set up for them', async () => {
    await host.run(define({ run: () => 1 }))
    expect(host.entered).toBe(1)
  })

  it('in a thread of their own are handed over whole', async () => {
    const job = define({ isolation: 'thread', module: 'file:///jobs.js', run: () => 'here' })
    expect(await host.run(job)).toMatchObject({ end: 'succeeded', body: '"thread of k"' })
  })

  it('that are missing fail the attempt and say so', async () => {
    expect((await host.run(define({}))).failure).toMatchObject({ code: 'WS_NO_HANDLER' })
  })
})

describe('input', () => {
  it('is parsed again at run, so that defaults are made then', async () => {
    let made = 0
    const input = z.object({ day: z.coerce.date(), week: z.number().default(() => ++made) })
    const seen: unknown[] = []
    const job = define({ input, run: (parsed: unknown) => void seen.push(parsed) })
    await host.run(job, { payload: '{"day":"2022-07-03"}' })
    await host.run(job, { payload: '{"day":"2022-07-03"}' })
    expect(seen).toEqual([1, 2].map((week) => ({ day: new Date('2022-07-03'), week })))
  })

  it('is parsed by an asynchronous schema too', async () => {
    const job = define({ input: z.string().transform(async (text) => text.length), run: (length: number) => length })
    expect(await host.run(job, { payload: '"four"' })).toMatchObject({ end: 'succeeded', body: '4' })
  })

  it('that does not fit fails the attempt with its path, and the handler does not run', async () => {
    let ran = false
    const job = define({
      input: z.object({ n: z.number() }),
      run: (_: unknown) => {
        ran = true
      },
    })
    const { end, failure } = await host.run(job, { payload: '{"n":"1"}' })
    expect([end, failure?.code, ran]).toEqual(['retrying', 'WS_INVALID_INPUT', false])
    expect(failure?.message).toContain('n:')
  })

  it.each<[string, unknown]>([
    ['(...args)', (...args: unknown[]) => args[0]],
    ['(input = default)', (input: unknown = 'default') => input],
    ['(input)', (input: unknown) => input],
  ])('reaches a handler that is written %s', async (_way, run) => {
    expect(await host.run(define({ run }), { payload: '{"n":1}' })).toMatchObject({ end: 'succeeded', body: '{"n":1}' })
  })

  it('that was not given is undefined, to a schema, too; and null is null', async () => {
    const run = (...args: unknown[]) => ({ got: args[0] === undefined ? 'undefined' : args[0] })
    for (const input of [undefined, z.undefined(), z.string().optional()]) {
      expect(await host.run(define({ input, run }))).toMatchObject({ body: '{"got":"undefined"}' })
    }
    for (const input of [undefined, z.null()]) {
      expect(await host.run(define({ input, run }), { payload: 'null' })).toMatchObject({ body: '{"got":null}' })
    }
    expect((await host.run(define({ input: z.string().optional() }), { payload: 'null' })).failure?.code).toBe('WS_INVALID_INPUT')
    expect((await host.run(define({ input: z.object({}), run }))).failure).toMatchObject({ code: 'WS_INVALID_INPUT' })
  })

  it('that is not JSON fails the attempt', async () => {
    expect((await host.run(define({ run: (_: unknown) => 1 }), { payload: '{' })).failure).toMatchObject({ code: 'WS_UNREADABLE' })
  })
})

describe('output', () => {
  it('is parsed by its schema, synchronous or not, and stored as parsed', async () => {
    const schemas = [z.object({ n: z.number().default(7) }), z.object({ n: z.number().default(7) }).refine(async () => true)]
    for (const output of schemas) expect(await host.run(define({ output, run: async () => ({}) }))).toMatchObject({ body: '{"n":7}' })
  })

  it('that does not fit, or cannot be stored, fails the attempt', async () => {
    expect((await host.run(define({ output: z.number(), run: () => 'x' }))).failure).toMatchObject({ code: 'WS_INVALID_OUTPUT' })
    expect((await host.run(define({ run: () => ({ big: 1n }) }))).failure).toMatchObject({ code: 'WS_UNSTORABLE' })
    expect((await host.run(define({ run: () => 'x'.repeat(10_000) }))).failure).toMatchObject({ code: 'WS_TOO_LARGE' })
    expect(await host.run(define({ run: () => 1n }), { used: 4 })).toMatchObject({ end: 'dead', used: 5 })
  })
})

describe('middleware', () => {
  const told: string[] = []
  const layer = (name: string) => async (ctx: JobContext, next: () => Promise<unknown>) => {
    told.push(`${name} before ${ctx.job.id === 'x' ? '' : ctx.job.attempt}`)
    const result = await next()
    told.push(`${name} after ${String(result)}`)
    return `${name}(${String(result)})`
  }

  it('wraps the handler in order, the first outermost', async () => {
    told.length = 0
    const run = () => {
      told.push('run')
      return 'r'
    }
    const { body } = await host.run(define({ middleware: [layer('a'), layer('b')], run }), { used: 2 })
    expect(told).toEqual(['a before 3', 'b before 3', 'run', 'b after r', 'a after b(r)'])
    expect(body).toBe('"a(b(r))"')
  })

  it('may answer without the handler, turn its failure into a result, or fail itself', async () => {
    const instead = define({ middleware: [() => 'instead'], run: () => 'run' })
    expect(await host.run(instead)).toMatchObject({ end: 'succeeded', body: '"instead"' })
    const soften = async (_: JobContext, next: () => Promise<unknown>) => next().catch((error: Error) => `softened ${error.message}`)
    const run = () => {
      throw new Error('boom')
    }
    expect(await host.run(define({ middleware: [soften], run }))).toMatchObject({ end: 'succeeded', body: '"softened boom"' })
    expect(await host.run(define({ middleware: [run], run: () => 1 }))).toMatchObject({ end: 'retrying', failure: { message: 'boom' } })
  })

  it('gets the same context as the handler', async () => {
    const contexts: JobContext[] = []
    const note = (ctx: JobContext, next: () => Promise<unknown>) => {
      contexts.push(ctx)
      return next()
    }
    await host.run(define({ middleware: [note], run: (_: unknown, ctx: JobContext) => void contexts.push(ctx) }))
    expect(contexts[0]).toBe(contexts[1])
  })
})

describe('an attempt', () => {
  const stopping = new WorksongError('WS_STOPPING', 'stop')

  /** One that waits, with the way to end it. */
  function waiting(definition: (until: Promise<unknown>) => JobDefinition) {
    let go: (value: unknown) => void = () => {}
    const until = new Promise((resolve) => {
      go = resolve
    })
    const attempt = new Attempt(claimedJob(), definition(until), 'lease', host)
    return { attempt, done: attempt.run(), go }
  }

  it('settles once: what its handler does after it was settled without it is only noted', async () => {
    const { attempt, done, go } = waiting((until) => define({ run: () => until }))
    attempt.settle({ end: 'returned', used: 0, body: null })
    attempt.settle({ end: 'dead', used: 1, body: null })
    go(1)
    await done
    expect([host.settled, host.late]).toEqual([[{ end: 'returned', used: 0, body: null }], 1])
  })

  it('aborts its signal once, with the first reason, also for who asks for it later', () => {
    const attempt = new Attempt(claimedJob(), define({}), 'lease', host)
    const reasons: unknown[] = []
    attempt.onAbort = (reason) => reasons.push(reason)
    attempt.abort(stopping)
    attempt.abort(new WorksongError('WS_TIMEOUT', 'later'))
    expect([attempt.signal.aborted, attempt.signal.reason, reasons]).toEqual([true, stopping, [stopping]])
  })

  it('whose handler obeys a stop is given back, and one that returns all the same has succeeded', async () => {
    const obey = define({
      run: (_: unknown, { signal }: JobContext) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    })
    const obeying = waiting(() => obey)
    obeying.attempt.abort(stopping)
    await obeying.done
    expect(host.settled.at(-1)).toMatchObject({ end: 'returned', used: 0 })
    const { attempt, done, go } = waiting((until) => define({ run: () => until }))
    attempt.abort(stopping)
    go('in time')
    await done
    expect(host.settled.at(-1)).toMatchObject({ end: 'succeeded', body: '"in time"' })
  })

  it('takes policy and timeout from the job where it has its own', async () => {
    const job = define({ retry: { backoff: fixed('1s') }, timeout: '1m', run: () => Promise.reject(new Error('no')) })
    const overrides = { retry: { delays: ['9s'] }, timeoutMs: 5000 }
    const own = new Attempt(claimedJob({ extras: { overrides } }), job, 'lease', host)
    expect(own.deadline - own.startedAt).toBe(5000)
    expect((await host.run(job, { extras: { overrides } })).delayMs).toBe(9000)
    expect((await host.run(job)).delayMs).toBe(1000)
    const plain = new Attempt(claimedJob(), define({}), 'lease', host)
    expect([plain.deadline, new Attempt(claimedJob(), job, 'lease', host).deadline - plain.startedAt > 59_000]).toEqual([
      Number.POSITIVE_INFINITY,
      true,
    ])
  })

  it('takes the policy of the definition where the one of the job is of a newer version, and not readable', async () => {
    const job = define({ retry: { backoff: fixed('1s') }, run: () => Promise.reject(new Error('no')) })
    for (const retry of [{ attempts: 3, until: '2d' }, 'soon', 7n]) {
      expect(await host.run(job, { extras: { overrides: { retry } } as never })).toMatchObject({ end: 'retrying', delayMs: 1000 })
    }
  })

  it('tells its handler who it is', async () => {
    const infos: unknown[] = []
    const job = define({
      input: typed<unknown>(),
      run: (_: unknown, ctx: JobContext) => void infos.push(ctx.job, [ctx.job].includes(ctx.job)),
    })
    const extras = { tags: ['t'], reference: { invoice: '26' }, correlationId: 'c' }
    const claimed = claimedJob({ used: 2, queue: 'billing', priority: -3, extras })
    await host.run(job, claimed)
    const { id } = claimed
    expect(infos).toEqual([{ id, name: 'k', queue: 'billing', priority: -3, attempt: 3, maxAttempts: 5, ...extras }, true])
    await host.run(job, { id })
    expect(infos[2]).toMatchObject({ tags: [], reference: {}, correlationId: id })
  })
})
