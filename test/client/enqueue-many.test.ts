/** enqueueMany: from whatever can be walked, one outcome for each entry, and one bad entry loses none of the others. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineJob, type EntryOutcome } from '#dist/client/index.js'
import { newId, typed, type WorksongError } from '#dist/core/index.js'
import { blink, lost, refusal } from '../support/faulty-engine.js'
import { errorOf, jobsIn, makers } from '../support/stores.js'
import { newClient } from './parts.js'

const job = defineJob({ name: 'n', input: typed<number>() })

function* upTo(count: number): Generator<number> {
  for (let n = 0; n < count; n++) yield n
}

async function* slowlyUpTo(count: number): AsyncGenerator<number> {
  for (let n = 0; n < count; n++) {
    if (n % 100 === 0) await null
    yield n
  }
}

/** Numbers up to a count, and then an error, if any. Notes that it was left before its end. */
class Source {
  left = 0
  readonly count: number
  readonly error: Error | undefined

  constructor(count: number, error?: Error) {
    this.count = count
    this.error = error
  }

  *[Symbol.iterator](): Generator<number> {
    let ended = false
    try {
      yield* upTo(this.count)
      ended = true
      if (this.error) throw this.error
    } finally {
      if (!ended) this.left++
    }
  }
}

class AsyncSource {
  readonly #source: Source

  constructor(count: number, error?: Error) {
    this.#source = new Source(count, error)
  }

  get left(): number {
    return this.#source.left
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    yield* this.#source
  }
}

/** A UUID from a key, as a caller would make it. */
function idOf(key: string): string {
  const hex = createHash('sha256').update(key).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

const SOURCES: readonly [string, (count: number) => Iterable<number> | AsyncIterable<number>][] = [
  ['an array', (count) => [...upTo(count)]],
  ['a set', (count) => new Set(upTo(count))],
  ['a generator', upTo],
  ['an asynchronous generator', slowlyUpTo],
  ['a stream', (count) => ReadableStream.from(slowlyUpTo(count)) as unknown as AsyncIterable<number>],
]

describe.each(makers)('$name', (maker) => {
  it.each(SOURCES)('takes %s, in order', async (_what, source) => {
    const { enqueuer, engine } = await newClient(maker)
    const outcomes: EntryOutcome[] = []
    const counts = await enqueuer.enqueueMany(job, source(2500), { onOutcome: (one) => outcomes.push(one) })
    expect(counts).toEqual({ enqueued: 2500, duplicates: 0, rejected: 0 })
    expect(new Set(outcomes.map(({ index }) => index)).size).toBe(2500)
    for (const outcome of [outcomes[0], outcomes[1234], outcomes[2499]] as (EntryOutcome & { id: string })[]) {
      expect((await engine.getJob({ id: outcome.id }))?.payload).toBe(String(outcome.index))
    }
    expect(await jobsIn(engine)).toBe(2500)
  })

  it('lets timers and signals have their turn while much is stored from a plain iterable', async () => {
    const { enqueuer } = await newClient(maker)
    let turns = 0
    const ticking = setInterval(() => turns++, 1)
    await enqueuer.enqueueMany(job, upTo(60_000))
    clearInterval(ticking)
    expect(turns).toBeGreaterThan(1)
  })

  it('of nothing stores nothing', async () => {
    const { enqueuer, faults } = await newClient(maker)
    expect(await enqueuer.enqueueMany(job, [])).toEqual({ enqueued: 0, duplicates: 0, rejected: 0 })
    expect(faults.callsOf('insertJobs')).toEqual([])
  })

  it('bad entries are told one by one and lose none of the good', async () => {
    const { enqueuer, engine } = await newClient(maker, { maxPayloadBytes: 2000 })
    const strict = defineJob({ name: 'strict', input: z.object({ n: z.number(), more: z.unknown() }) })
    const entries = [...upTo(3000)].map((n) => {
      if (n % 1000 === 7) return { n: 'seven', more: 1 }
      if (n % 1000 === 8) return { n, more: 1n }
      if (n % 1000 === 9) return { n, more: 'x'.repeat(3000) }
      return { n, more: null }
    })
    const outcomes = new Map<number, EntryOutcome>()
    const counts = await enqueuer.enqueueMany(strict, entries as never, { onOutcome: (one) => outcomes.set(one.index, one) })
    expect(counts).toEqual({ enqueued: 2991, duplicates: 0, rejected: 9 })
    expect(outcomes.size).toBe(3000)
    expect(outcomes.get(1007)).toMatchObject({ status: 'rejected', error: { code: 'WS_INVALID_INPUT', field: 'n' } })
    expect(outcomes.get(2008)).toMatchObject({ status: 'rejected', error: { code: 'WS_UNSTORABLE', field: 'input.more' } })
    expect(outcomes.get(9)).toMatchObject({ status: 'rejected', error: { code: 'WS_TOO_LARGE' } })
    expect(await jobsIn(engine)).toBe(2991)
  })

  it('ids by function: enqueued again after a crash, only what was missing is stored', async () => {
    const { enqueuer, engine } = await newClient(maker)
    const id = (n: number) => idOf(`run 7 entry ${n}`)
    expect(await enqueuer.enqueueMany(job, upTo(1500), { id })).toEqual({ enqueued: 1500, duplicates: 0, rejected: 0 })
    const again: EntryOutcome[] = []
    const counts = await enqueuer.enqueueMany(job, upTo(2500), { id, onOutcome: (one) => again.push(one) })
    expect(counts).toEqual({ enqueued: 1000, duplicates: 1500, rejected: 0 })
    expect(again.find(({ index }) => index === 3)).toEqual({ index: 3, status: 'duplicate', id: id(3) })
    expect(again.find(({ index }) => index === 2400)).toEqual({ index: 2400, status: 'enqueued', id: id(2400) })
    expect(await jobsIn(engine)).toBe(2500)
  })

  it('the same id twice among the entries is one job and one duplicate', async () => {
    const { enqueuer, engine } = await newClient(maker)
    const counts = await enqueuer.enqueueMany(job, [...upTo(1200), ...upTo(1200)], { id: (n) => idOf(`${n}`) })
    expect(counts).toEqual({ enqueued: 1200, duplicates: 1200, rejected: 0 })
    expect(await jobsIn(engine)).toBe(1200)
  })

  it('an id that is no id, or a function for it that throws, rejects its entry alone', async () => {
    const { enqueuer, engine } = await newClient(maker)
    const outcomes: EntryOutcome[] = []
    const id = (n: number) => {
      if (n === 1) return 'not a UUID'
      if (n === 2) throw new RangeError('no key')
      return newId()
    }
    const counts = await enqueuer.enqueueMany(job, upTo(4), { id, onOutcome: (one) => outcomes.push(one) })
    expect(counts).toEqual({ enqueued: 2, duplicates: 0, rejected: 2 })
    expect(outcomes.find(({ index }) => index === 1)).toMatchObject({ error: { code: 'WS_INVALID_OPTION', field: 'id' } })
    expect(outcomes.find(({ index }) => index === 2)).toMatchObject({ error: { message: 'no key' } })
    expect(await jobsIn(engine)).toBe(2)
  })

  it('a store that fails for good midway says how many are stored, and no more is read', async () => {
    const { enqueuer, engine, faults } = await newClient(maker)
    const { insertChunk, parallelInserts } = engine.capabilities
    let read = 0
    const inputs = (function* () {
      for (; read < 20 * insertChunk; read++) yield read
    })()
    faults.failBefore('insertJobs', Number.POSITIVE_INFINITY, refusal, ({ jobs }) =>
      jobs.some(({ payload }) => Number(payload) >= 3 * insertChunk),
    )
    const stored: number[] = []
    const error = await errorOf(enqueuer.enqueueMany(job, inputs, { onOutcome: ({ index }) => stored.push(index) }))
    const counts = { enqueued: 3 * insertChunk, duplicates: 0, rejected: 0 }
    expect(error).toMatchObject({ code: 'WS_STORE_FAILED', cause: { code: 'WS_STORE_FAILED' }, counts })
    expect((error as Error).message).toContain(`stopped with ${3 * insertChunk} entries stored`)
    expect(stored.length).toBe(3 * insertChunk)
    expect(await jobsIn(engine)).toBe(3 * insertChunk)
    expect(read).toBeLessThanOrEqual((4 + parallelInserts) * insertChunk)
  })

  it('a store that blinks is asked again, and a lost answer makes no duplicates', async () => {
    const { enqueuer, engine, faults } = await newClient(maker)
    faults.failBefore('insertJobs', 1, blink)
    faults.failAfter('insertJobs', 1, lost)
    expect(await enqueuer.enqueueMany(job, upTo(3000))).toEqual({ enqueued: 3000, duplicates: 0, rejected: 0 })
    expect(faults.pending).toBe(0)
    expect(await jobsIn(engine)).toBe(3000)
  })

  it.each([
    ['a generator', (count: number, error: Error) => new Source(count, error)],
    ['an asynchronous generator', (count: number, error: Error) => new AsyncSource(count, error)],
  ])('%s that throws midway: what had been read is stored and told, and the error says how much that is', async (_what, make) => {
    const { enqueuer, engine } = await newClient(maker)
    const read = 3 * engine.capabilities.insertChunk + 456
    const cause = new Error('the report ended early')
    const outcomes: EntryOutcome[] = []
    const id = (n: number) => (n === 7 ? 'no id' : idOf(`${n === 8 ? 9 : n}`))
    const error = (await errorOf(
      enqueuer.enqueueMany(job, make(read, cause), { id, onOutcome: (one) => outcomes.push(one) }),
    )) as WorksongError
    const counts = { enqueued: read - 2, duplicates: 1, rejected: 1 }
    expect(error).toMatchObject({ name: 'WorksongError', code: 'WS_SOURCE_FAILED', field: 'inputs', cause, counts, retryable: false })
    expect(error.message).toContain(`after ${read} entries (${read - 2} enqueued, 1 duplicates, 1 rejected): the report ended early`)
    expect(new Set(outcomes.map(({ index }) => index)).size).toBe(read)
    expect(await jobsIn(engine)).toBe(read - 2)
  })

  it('a source that throws before its first entry, or instead of being walked', async () => {
    const { enqueuer, faults } = await newClient(maker)
    const none = { enqueued: 0, duplicates: 0, rejected: 0 }
    const unwalkable = {
      [Symbol.iterator]() {
        throw new Error('no')
      },
    }
    for (const source of [new Source(0, new Error('no')), new AsyncSource(0, new Error('no')), unwalkable]) {
      const error = await errorOf(enqueuer.enqueueMany(job, source))
      expect(error).toMatchObject({ code: 'WS_SOURCE_FAILED', field: 'inputs', counts: none })
    }
    expect(faults.callsOf('insertJobs')).toEqual([])
  })

  it('a source that throws while the store refuses: the words tell what was lost', async () => {
    const { enqueuer, engine, faults } = await newClient(maker)
    faults.failBefore('insertJobs', Number.POSITIVE_INFINITY, refusal)
    const error = (await errorOf(enqueuer.enqueueMany(job, new Source(10, new Error('the end'))))) as WorksongError
    expect(error).toMatchObject({ code: 'WS_SOURCE_FAILED', counts: { enqueued: 0, duplicates: 0, rejected: 0 } })
    expect(error.message).toContain('10 not stored (the store refuses this)): the end')
    expect(await jobsIn(engine)).toBe(0)
  })

  it.each([
    ['a source', () => new Source(100_000)],
    ['an asynchronous source', () => new AsyncSource(100_000)],
  ])('%s that is left before its end is told so', async (_what, make) => {
    const { enqueuer, faults } = await newClient(maker)
    const onOutcome = () => {
      throw new Error('my own bug')
    }
    const left = make()
    expect(await errorOf(enqueuer.enqueueMany(job, left, { onOutcome }))).toMatchObject({ field: 'onOutcome' })
    expect(left.left).toBe(1)
    faults.failBefore('insertJobs', 1, refusal)
    const refused = make()
    expect(await errorOf(enqueuer.enqueueMany(job, refused))).toMatchObject({ code: 'WS_STORE_FAILED' })
    expect(refused.left).toBe(1)
  })

  it('an asynchronous schema, and a handler of outcomes, are waited for in order', async () => {
    const { enqueuer } = await newClient(maker)
    const slow = defineJob({ name: 'slow', input: z.number().refine(async (n) => n % 2 === 0) })
    const order: number[] = []
    const counts = await enqueuer.enqueueMany(slow, upTo(10), {
      onOutcome: ({ index, status }) => void (status === 'enqueued' && order.push(index)),
    })
    expect([counts, order]).toEqual([{ enqueued: 5, duplicates: 0, rejected: 5 }, [0, 2, 4, 6, 8]])
  })
  it('close waits for the chunks under way and stops the rest, whatever the source does', async () => {
    const { enqueuer, engine, faults } = await newClient(maker)
    const { insertChunk } = engine.capabilities
    const endless = (async function* () {
      yield* upTo(insertChunk)
      await new Promise(() => {})
    })()
    const release = faults.hold('insertJobs')
    const endlessly = enqueuer.enqueueMany(job, endless)
    const long = errorOf(enqueuer.enqueueMany(job, upTo(50 * insertChunk)))
    await expect.poll(() => faults.callsOf('insertJobs').length).toBe(1 + engine.capabilities.parallelInserts)
    const closing = enqueuer.close()
    release()
    await closing
    const stored = await jobsIn(engine)
    expect(stored).toBe((1 + engine.capabilities.parallelInserts) * insertChunk)
    const error = await long
    expect(error).toMatchObject({ code: 'WS_CLOSED' })
    expect((error as Error).message).toContain(`stopped with ${engine.capabilities.parallelInserts * insertChunk} entries stored`)
    expect(await jobsIn(engine)).toBe(stored)
    void endlessly
  })

  it('a handler of outcomes that throws fails the call, once, and what had been read is stored and counted', async () => {
    const { enqueuer, engine } = await newClient(maker)
    const cause = new Error('my own bug')
    let told = 0
    const onOutcome = () => {
      told++
      throw cause
    }
    const rejected = await errorOf(enqueuer.enqueueMany(job, [1, 2, Number.NaN, 4], { onOutcome }))
    const counts = { enqueued: 2, duplicates: 0, rejected: 1 }
    expect(rejected).toMatchObject({ code: 'WS_SOURCE_FAILED', field: 'onOutcome', cause, counts })
    expect((rejected as Error).message).toContain('onOutcome of enqueueMany threw after 3 entries')
    const stored = await errorOf(enqueuer.enqueueMany(job, [1, 2, 3], { onOutcome }))
    expect(stored).toMatchObject({ field: 'onOutcome', counts: { enqueued: 3, duplicates: 0, rejected: 0 } })
    expect([told, await jobsIn(engine)]).toEqual([2, 5])
  })
})
