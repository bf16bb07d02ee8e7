/** defineJob and implement: what is wrong is refused when it is defined, not when it is enqueued. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineJob, implement, type JobOptions } from '#dist/client/index.js'
import { exponential, typed } from '#dist/core/index.js'
import { thrownBy } from '../support/stores.js'

const run = () => {}

describe('defineJob', () => {
  it.each<[string, unknown, string, string]>([
    ['nothing', undefined, 'WS_INVALID_OPTION', 'defineJob'],
    ['no name', {}, 'WS_INVALID_NAME', 'job name'],
    ['a name with a slash', { name: 'a/b' }, 'WS_INVALID_NAME', 'job name'],
    ['an unknown option', { name: 'a', retries: 3 }, 'WS_INVALID_OPTION', 'retries'],
    ['an input that is no schema', { name: 'a', input: { n: 'number' } }, 'WS_INVALID_OPTION', 'input'],
    ['an input that is null', { name: 'a', input: null }, 'WS_INVALID_OPTION', 'input'],
    ['an output that is no schema', { name: 'a', output: () => true }, 'WS_INVALID_OPTION', 'output'],
    ['a handler that is no function', { name: 'a', run: 'work' }, 'WS_INVALID_OPTION', 'run'],
    ['a wrong queue', { name: 'a', queue: 'b c' }, 'WS_INVALID_NAME', 'queue'],
    ['a wrong priority', { name: 'a', priority: 'top' }, 'WS_INVALID_OPTION', 'priority'],
    ['a wrong retry', { name: 'a', retry: { attempts: 1.5 } }, 'WS_INVALID_OPTION', 'retry.attempts'],
    ['a wrong timeout', { name: 'a', timeout: 'soon' }, 'WS_INVALID_DURATION', 'timeout'],
    ['a wrong description', { name: 'a', description: 5 }, 'WS_INVALID_OPTION', 'description'],
    ['an unknown isolation', { name: 'a', isolation: 'process' }, 'WS_INVALID_OPTION', 'isolation'],
    ['a thread without a module', { name: 'a', isolation: 'thread' }, 'WS_INVALID_OPTION', 'module'],
    ['a module that is no text', { name: 'a', isolation: 'thread', module: new URL('file:///a.js') }, 'WS_INVALID_OPTION', 'module'],
    ['a queue that is null', { name: 'a', queue: null }, 'WS_INVALID_NAME', 'queue'],
    ['a priority that is null', { name: 'a', priority: null }, 'WS_INVALID_OPTION', 'priority'],
    ['a retry that contradicts itself', { name: 'a', retry: { attempts: 3, delays: ['1s'] } }, 'WS_INVALID_OPTION', 'retry.attempts'],
    ['a backoff by its name', { name: 'a', retry: { backoff: 'exponential' } }, 'WS_INVALID_OPTION', 'retry.backoff'],
    ['options that are a Map', new Map([['name', 'a']]), 'WS_INVALID_OPTION', 'defineJob'],
    ['middleware that is no list', { name: 'a', middleware: run }, 'WS_INVALID_OPTION', 'middleware'],
    ['middleware that is no function', { name: 'a', middleware: [run, 'log'] }, 'WS_INVALID_OPTION', 'middleware[1]'],
    ['a symbol as its name', { name: Symbol('a'), run: 'work' }, 'WS_INVALID_NAME', 'job name'],
    ['a name that cannot be shown', { name: Object.create(null), input: 5 }, 'WS_INVALID_NAME', 'job name'],
    ['a retry that was not awaited', { name: 'a', retry: Promise.resolve(false) }, 'WS_INVALID_OPTION', 'retry'],
    ['options that were not awaited', Promise.resolve({ name: 'a' }), 'WS_INVALID_OPTION', 'defineJob'],
    ['an onDead that is no function', { name: 'a', onDead: 'mail' }, 'WS_INVALID_OPTION', 'onDead'],
  ])('refuses %s by name', (_what, options, code, field) => {
    expect(thrownBy(() => defineJob(options as JobOptions))).toMatchObject({ name: 'WorksongError', code, field })
  })

  it.each<[object, string]>([
    [
      { retry: { backoff: { type: 'fixed', delay: '200ms' } } },
      "Job 'mail': retry.backoff is not a backoff: an object of type, delay. Give what",
    ],
    [{ retry: { attempts: 0 } }, "Job 'mail': retry.attempts is not a whole number from 1 to 10000: 0. Give retry"],
    [{ queue: 'b c' }, "Job 'mail': queue is not a valid name: 'b c'. Use"],
    [{ priority: 'top' }, "Job 'mail': priority is not a priority: 'top'. Use"],
    [{ timeout: 'soon' }, "Job 'mail': timeout is not a duration: 'soon'. Give"],
    [{ description: 5 }, "Job 'mail': description is not text"],
  ])('says of which job it refuses an option: %j', (options, words) => {
    const error = thrownBy(() => defineJob({ name: 'mail', ...options } as JobOptions)) as Error
    expect(error.message.startsWith(words), error.message).toBe(true)
  })

  it('completes what is left out', () => {
    expect(defineJob({ name: 'a' })).toEqual({
      name: 'a',
      input: undefined,
      output: undefined,
      queue: 'default',
      priority: 0,
      retry: { attempts: 5, backoff: exponential(), delays: undefined },
      timeoutMs: undefined,
      description: undefined,
      middleware: [],
      isolation: 'none',
      module: undefined,
      onDead: undefined,
      run: undefined,
    })
    expect(defineJob({ name: 'a', retry: false }).retry.attempts).toBe(1)
    expect(defineJob({ name: 'a', retry: { delays: ['1s', 5] } }).retry).toMatchObject({ attempts: 3, delays: [1000, 5] })
    expect(defineJob({ name: 'a', timeout: '1m30s' }).timeoutMs).toBe(90_000)
  })

  it('gives something that cannot be changed', () => {
    const job = defineJob({ name: 'a', input: z.object({}), run })
    expect(Object.isFrozen(job)).toBe(true)
  })
})

describe('implement', () => {
  it('attaches a handler and leaves the contract as it was', () => {
    const contract = defineJob({ name: 'a', input: typed<{ n: number }>(), output: typed<number>(), queue: 'q' })
    const done = implement(contract, ({ n }) => n + 1)
    expect(contract.run).toBeUndefined()
    expect({ ...done, run: undefined }).toEqual(contract)
    expect(done.run?.({ n: 1 }, {} as never)).toBe(2)
    expect(Object.isFrozen(done)).toBe(true)
  })

  it('refuses what is no definition, and options', () => {
    for (const wrong of [undefined, null, 'a', {}, { name: 'a', run }, { name: 'a', retry: { attempts: 3 }, run }, new Map()]) {
      expect(thrownBy(() => implement(wrong as never, run))).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'job' })
    }
    const contract = defineJob({ name: 'a' })
    const withOptions = implement as (...given: unknown[]) => unknown
    expect(thrownBy(() => withOptions(contract, run, { retry: false }))).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'options' })
  })

  it('refuses a handler that is no function', () => {
    expect(thrownBy(() => implement(defineJob({ name: 'a' }), undefined as never))).toMatchObject({
      code: 'WS_INVALID_OPTION',
      field: 'run',
    })
  })
})
