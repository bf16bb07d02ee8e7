/** Every option of an enqueue: what is unknown or wrong is refused by name before anything is stored; what is right arrives in the store. */
import { describe, expect, it } from 'vitest'
import { defineJob, type EnqueueOptions } from '#dist/client/index.js'
import { exponential, fixed, newId, typed } from '#dist/core/index.js'
import { sqliteMemory } from '../support/engines.js'
import { errorOf, jobsIn, makers } from '../support/stores.js'
import { newClient } from './parts.js'

const job = defineJob({ name: 'pay', input: typed<{ n: number }>(), queue: 'billing', priority: 3 })

const WRONG: readonly [string, unknown, string, string][] = [
  ['an unknown option', { dealy: '5m' }, 'WS_INVALID_OPTION', 'dealy'],
  ['options that are no object', 'soon', 'WS_INVALID_OPTION', 'enqueue options'],
  ['options that are null', null, 'WS_INVALID_OPTION', 'enqueue options'],
  ['options that are a list', [], 'WS_INVALID_OPTION', 'enqueue options'],
  ['a delay without a unit', { delay: '5' }, 'WS_INVALID_DURATION', 'delay'],
  ['a negative delay', { delay: -1 }, 'WS_INVALID_DURATION', 'delay'],
  ['a delay that is not a number', { delay: Number.NaN }, 'WS_INVALID_DURATION', 'delay'],
  ['a delay that is null', { delay: null }, 'WS_INVALID_DURATION', 'delay'],
  ['an invalid date', { at: new Date(Number.NaN) }, 'WS_INVALID_OPTION', 'at'],
  ['a date as text', { at: '2030-01-01' }, 'WS_INVALID_OPTION', 'at'],
  ['a moment that never comes', { at: Number.POSITIVE_INFINITY }, 'WS_INVALID_OPTION', 'at'],
  ['a moment past the last date', { at: 8.64e15 + 1 }, 'WS_INVALID_OPTION', 'at'],
  ['delay and at', { delay: 0, at: 0 }, 'WS_INVALID_OPTION', 'at'],
  ['a queue with a slash', { queue: 'a/b' }, 'WS_INVALID_NAME', 'queue'],
  ['an empty queue', { queue: '' }, 'WS_INVALID_NAME', 'queue'],
  ['a queue that is too long', { queue: 'q'.repeat(129) }, 'WS_INVALID_NAME', 'queue'],
  ['an unknown priority', { priority: 'urgent' }, 'WS_INVALID_OPTION', 'priority'],
  ['a priority that every object has', { priority: 'constructor' }, 'WS_INVALID_OPTION', 'priority'],
  ['half a priority', { priority: 0.5 }, 'WS_INVALID_OPTION', 'priority'],
  ['a priority past its limit', { priority: 40_000 }, 'WS_INVALID_OPTION', 'priority'],
  ['no attempts', { retry: { attempts: 0 } }, 'WS_INVALID_OPTION', 'retry.attempts'],
  ['an unknown part of retry', { retry: { attempt: 3 } }, 'WS_INVALID_OPTION', 'retry.attempt'],
  ['retry: true', { retry: true }, 'WS_INVALID_OPTION', 'retry'],
  ['a backoff made by hand, and wrong', { retry: { backoff: { type: 'cubic' } } }, 'WS_INVALID_OPTION', 'retry.backoff'],
  ['a wrong delay between attempts', { retry: { delays: ['1s', 'later'] } }, 'WS_INVALID_DURATION', 'retry.delays[1]'],
  ['a wrong timeout', { timeout: '1 minute' }, 'WS_INVALID_DURATION', 'timeout'],
  ['tags that are a text', { tags: 'a' }, 'WS_INVALID_OPTION', 'tags'],
  ['a tag that is a number', { tags: ['a', 1] }, 'WS_INVALID_OPTION', 'tags[1]'],
  ['a tag that is missing', { tags: [undefined] }, 'WS_INVALID_OPTION', 'tags[0]'],
  ['a tag with NUL', { tags: ['a\0'] }, 'WS_INVALID_OPTION', 'tags[0]'],
  ['51 tags', { tags: Array(51).fill('t') }, 'WS_INVALID_OPTION', 'tags'],
  ['options that are a Map', new Map([['delay', '5m']]), 'WS_INVALID_OPTION', 'enqueue options'],
  ['a retry that contradicts itself', { retry: { attempts: 3, delays: ['1s'] } }, 'WS_INVALID_OPTION', 'retry.attempts'],
  ['a reference that is a list', { reference: ['0026'] }, 'WS_INVALID_OPTION', 'reference'],
  ['a reference that is a Map', { reference: new Map([['invoice', '0026']]) }, 'WS_INVALID_OPTION', 'reference'],
  ['a reference that is a text', { reference: '0026' }, 'WS_INVALID_OPTION', 'reference'],
  ['a reference that is a number', { reference: { invoice: 26 } }, 'WS_INVALID_OPTION', 'reference.invoice'],
  ['a reference with half a surrogate', { reference: { invoice: '\ud800' } }, 'WS_INVALID_OPTION', 'reference.invoice'],
  ['a reference key with a space', { reference: { 'an invoice': '1' } }, 'WS_INVALID_NAME', 'reference key'],
  ['a description that is a number', { description: 1 }, 'WS_INVALID_OPTION', 'description'],
  ['a description that is too long', { description: 'd'.repeat(1001) }, 'WS_INVALID_OPTION', 'description'],
  ['a correlation id that is too long', { correlationId: 'c'.repeat(201) }, 'WS_INVALID_OPTION', 'correlationId'],
  ['an id that is no UUID', { id: '42' }, 'WS_INVALID_OPTION', 'id'],
  ['delays past the most attempts', { retry: { delays: Array(10_000).fill(1) } }, 'WS_INVALID_OPTION', 'retry.delays'],
  ['delays with a hole', { retry: { delays: Array(1) } }, 'WS_INVALID_DURATION', 'retry.delays[0]'],
  ['tags with a hole', { tags: Array(2) }, 'WS_INVALID_OPTION', 'tags[0]'],
  ['a moment before the year 1', { at: new Date(-62_135_596_800_001) }, 'WS_INVALID_OPTION', 'at'],
  ['the first date of JavaScript', { at: -8.64e15 }, 'WS_INVALID_OPTION', 'at'],
  ['a moment that cannot be shown', { at: Object.create(null) }, 'WS_INVALID_OPTION', 'at'],
  ['options that are a promise', Promise.resolve({ delay: 1 }), 'WS_INVALID_OPTION', 'enqueue options'],
  ['options that are a WeakMap', new WeakMap(), 'WS_INVALID_OPTION', 'enqueue options'],
  ['a retry that is a promise', { retry: Promise.resolve(false) }, 'WS_INVALID_OPTION', 'retry'],
  ['a retry that is a Map', { retry: new Map() }, 'WS_INVALID_OPTION', 'retry'],
  ['an id that cannot be shown', { id: Object.create(null) }, 'WS_INVALID_OPTION', 'id'],
  ['a queue that cannot be shown', { queue: Object.create(null) }, 'WS_INVALID_NAME', 'queue'],
  ['a text of millions', { description: 'd'.repeat(5_000_000) }, 'WS_INVALID_OPTION', 'description'],
  ['an id in upper case', { id: newId().toUpperCase() }, 'WS_INVALID_OPTION', 'id'],
  ['an id that is null', { id: null }, 'WS_INVALID_OPTION', 'id'],
]

describe('a wrong option', () => {
  it.each(WRONG)('is refused by name: %s', async (_what, options, code, field) => {
    const { enqueuer, engine } = await newClient(sqliteMemory)
    expect(await errorOf(enqueuer.enqueue(job, { n: 1 }, options as EnqueueOptions))).toMatchObject({ name: 'WorksongError', code, field })
    expect(await jobsIn(engine)).toBe(0)
  })

  it.each(WRONG.filter(([, , , field]) => field !== 'id'))(
    'is refused for many at once, before the first: %s',
    async (_what, options, code, field) => {
      const { enqueuer, engine, faults } = await newClient(sqliteMemory)
      const name = field === 'enqueue options' ? 'enqueueMany options' : field
      const read: number[] = []
      const inputs = (function* () {
        for (let n = 0; n < 3; n++) {
          read.push(n)
          yield { n }
        }
      })()
      expect(await errorOf(enqueuer.enqueueMany(job, inputs, options as never))).toMatchObject({ code, field: name })
      expect([read, await jobsIn(engine), faults.callsOf('insertJobs')]).toEqual([[], 0, []])
    },
  )

  it.each([
    ['id', 'one for all'],
    ['id', null],
    ['onOutcome', {}],
  ])('of many, %s must be a function: %j', async (field, given) => {
    const { enqueuer, engine } = await newClient(sqliteMemory)
    const error = await errorOf(enqueuer.enqueueMany(job, [{ n: 1 }], { [field]: given }))
    expect(error).toMatchObject({ code: 'WS_INVALID_OPTION', field })
    expect(await jobsIn(engine)).toBe(0)
  })

  it('names the option that was meant', async () => {
    const { enqueuer } = await newClient(sqliteMemory)
    await expect(enqueuer.enqueue(job, { n: 1 }, { priorty: 'high' } as EnqueueOptions)).rejects.toThrow(
      /'priorty'.*Did you mean 'priority'/,
    )
  })

  it('refuses what is no definition, and inputs that cannot be walked', async () => {
    const { enqueuer, engine } = await newClient(sqliteMemory)
    for (const wrong of [undefined, null, 'pay', {}, { name: 'pay' }, { name: 'pay', retry: { attempts: 2 } }]) {
      expect(await errorOf(enqueuer.enqueue(wrong as never, {}))).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'job' })
      expect(await errorOf(enqueuer.enqueueMany(wrong as never, []))).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'job' })
    }
    for (const inputs of [undefined, null, 7, 'abc', { length: 1, 0: {} }]) {
      expect(await errorOf(enqueuer.enqueueMany(job, inputs as never))).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'inputs' })
    }
    expect(await jobsIn(engine)).toBe(0)
  })
})

describe.each(makers)('$name', (maker) => {
  it('what the definition says is stored, unless the options say otherwise', async () => {
    const { enqueuer, engine } = await newClient(maker)
    const plain = await enqueuer.enqueue(job, { n: 1 })
    expect(await engine.getJob({ id: plain.id })).toMatchObject({
      kind: 'pay',
      queue: 'billing',
      priority: 3,
      maxAttempts: 5,
      payload: '{"n":1}',
    })
    const retry = { attempts: 9, backoff: exponential({ first: '2s' }) }
    const more = { tags: ['a', ''], reference: { invoice: '00262316' }, description: 'by hand', correlationId: 'order 7' }
    const given = await enqueuer.enqueue(job, { n: 2 }, { queue: 'other', priority: 'high', retry, timeout: '1h', ...more })
    expect(await engine.getJob({ id: given.id })).toMatchObject({
      queue: 'other',
      priority: -10,
      maxAttempts: 9,
      extras: { ...more, overrides: { retry, timeoutMs: 3_600_000 } },
    })
    expect(given.status).toBe('enqueued')
  })

  it('many at once take the same options', async () => {
    const { enqueuer, engine } = await newClient(maker)
    const ids: string[] = []
    const options = { queue: 'other', priority: -5, retry: false, tags: ['many'], delay: '1h' } as const
    await enqueuer.enqueueMany(job, [{ n: 1 }, { n: 2 }], { ...options, onOutcome: (one) => void ('id' in one && ids.push(one.id)) })
    for (const id of ids) {
      expect(await engine.getJob({ id })).toMatchObject({
        queue: 'other',
        priority: -5,
        maxAttempts: 1,
        state: 'scheduled',
        extras: { tags: ['many'] },
      })
    }
    expect(ids.length).toBe(2)
  })

  it('delay counts from the clock of the store, at names the moment, and a moment that has passed means now', async () => {
    const { enqueuer, engine } = await newClient(maker)
    const { id: delayed } = await enqueuer.enqueue(job, { n: 1 }, { delay: '1h30m' })
    const later = await engine.getJob({ id: delayed })
    expect(later?.state).toBe('scheduled')
    expect((later?.runAt ?? 0) - (later?.createdAt ?? 0)).toBeGreaterThanOrEqual(5_400_000 - 50)
    expect((later?.runAt ?? 0) - (later?.createdAt ?? 0)).toBeLessThan(5_400_000 + 5000)
    const moment = Date.UTC(2099, 6, 3, 12)
    for (const at of [new Date(moment), moment]) {
      const { id } = await enqueuer.enqueue(job, { n: 2 }, { at })
      expect(await engine.getJob({ id })).toMatchObject({ state: 'scheduled', runAt: moment })
    }
    for (const options of [{ at: 0 }, { at: new Date('1969-01-01') }, { delay: 0 }, { delay: '0s' }]) {
      const { id } = await enqueuer.enqueue(job, { n: 3 }, options)
      expect(await engine.getJob({ id })).toMatchObject({ state: 'queued', runAt: null })
    }
  })

  it('the ends of the range of at, and the most delays, are taken', async () => {
    const { enqueuer, engine } = await newClient(maker)
    const first = await enqueuer.enqueue(job, { n: 1 }, { at: -62_135_596_800_000 })
    expect((await engine.getJob({ id: first.id }))?.state).toBe('queued')
    const last = await enqueuer.enqueue(job, { n: 1 }, { at: 8.64e15 })
    expect(await engine.getJob({ id: last.id })).toMatchObject({ state: 'scheduled', runAt: 8.64e15 })
    const { id } = await enqueuer.enqueue(job, { n: 1 }, { retry: { delays: Array(9999).fill(1) } })
    expect((await engine.getJob({ id }))?.maxAttempts).toBe(10_000)
  })

  it('of a backoff nothing is stored but the backoff', async () => {
    const { enqueuer, engine } = await newClient(maker)
    const cyclic: Record<string, unknown> = { ...fixed(5) }
    cyclic.me = cyclic
    for (const backoff of [cyclic, { ...fixed(5), x: 1n }, { ...fixed(5), x: 'a\0' }]) {
      const { id } = await enqueuer.enqueue(job, { n: 1 }, { retry: { backoff: backoff as never } })
      expect((await engine.getJob({ id }))?.extras?.overrides?.retry).toEqual({ attempts: 5, backoff: fixed(5) })
    }
  })

  it('an id enqueued again changes nothing and is told as a duplicate', async () => {
    const { enqueuer, engine } = await newClient(maker)
    const id = newId()
    expect(await enqueuer.enqueue(job, { n: 1 }, { id })).toEqual({ id, status: 'enqueued' })
    expect(await enqueuer.enqueue(job, { n: 2 }, { id, queue: 'other' })).toEqual({ id, status: 'duplicate' })
    const both = await Promise.all([enqueuer.enqueue(job, { n: 3 }, { id }), enqueuer.enqueue(job, { n: 4 }, { id: newId() })])
    expect(both.map(({ status }) => status)).toEqual(['duplicate', 'enqueued'])
    expect(await engine.getJob({ id })).toMatchObject({ queue: 'billing', payload: '{"n":1}' })
  })

  it('an id that stands twice in one tick is one job', async () => {
    const { enqueuer, engine } = await newClient(maker)
    const id = newId()
    const answers = await Promise.all([1, 2, 3].map((n) => enqueuer.enqueue(job, { n }, { id })))
    expect(answers).toEqual([
      { id, status: 'enqueued' },
      { id, status: 'duplicate' },
      { id, status: 'duplicate' },
    ])
    expect([await jobsIn(engine), (await engine.getJob({ id }))?.payload]).toEqual([1, '{"n":1}'])
  })
})
