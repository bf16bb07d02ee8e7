/** Lists go on behind what one call of an engine looks at, until the page is full or the time over. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { typed } from '#dist/core/index.js'
import { deadList, jobsList } from '#dist/operations/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { makers } from '../support/stores.js'
import { newApp } from '../worker/parts.js'

const fine = defineJob({ name: 'fine', input: typed<number>(), run: (n) => n })
const rare = defineJob({ name: 'rare', queue: 'rare', retry: false, input: typed<number>(), run: (n) => n })
const rest = defineJob({ name: 'rest', queue: 'rest', input: typed<number>() })
/** More than one call looks at. */
const MANY = { sqlite: 20_500, postgres: 60_000 }

describe.each(makers)('$name', (maker) => {
  const many = Array<number>(maker.name === 'postgres' ? MANY.postgres : MANY.sqlite).fill(1)

  it('finds the three of a queue behind all the others; in no time it says how far it looked', async () => {
    const { app } = await newApp(maker, [rare, rest])
    await app.enqueueMany(rare, [1, 2, 3])
    await app.enqueueMany(rest, many)
    for (const filter of [{ queue: 'rare' }, { name: 'rare' }, { queue: 'rare', name: 'rare', since: '1h' }]) {
      const page = await app.jobs.list(filter)
      expect(page).toEqual({ jobs: [{}, {}, {}].map(() => expect.objectContaining({ name: 'rare' })), next: null })
      const short = await app.jobs.list({ ...filter, since: 0, within: 0 })
      expect(short).toEqual({ jobs: [], next: expect.any(String), looked: expect.any(Number) })
      expect(short.looked).toBeGreaterThanOrEqual(20_000)
      expect(jobsList.show(short)).toMatch(/\nlooked at [\d,]+ jobs until the time was over; more: --after '/)
      const behind = await app.jobs.list({ ...filter, since: 0, after: short.next as string, limit: 2 })
      expect(behind).toMatchObject({ jobs: [{ queue: 'rare' }, { queue: 'rare' }], next: expect.any(String) })
      expect(behind.looked).toBeUndefined()
    }
    const interrupted = await app.operate(jobsList, { queue: 'rare' }, { signal: AbortSignal.abort() })
    expect(interrupted).toMatchObject({ jobs: [], looked: expect.any(Number), interrupted: true })
    expect(jobsList.interrupted?.(interrupted)).toBe(true)
    expect(jobsList.show(interrupted)).toMatch(/\nlooked at [\d,]+ jobs until this was interrupted; more: --after '/)
    expect(await app.operate(deadList, {})).toEqual({ jobs: [], next: null })
  })

  it('succeeded ones are found at once behind those that wait', async () => {
    const { app } = await newApp(maker, [fine, rest])
    await app.enqueueMany(fine, [1, 2, 3])
    const worker = await app.worker({ queues: ['default'] })
    await worker.start()
    await until(async () => (await app.queues.list()).some(({ succeeded }) => succeeded === 3), 'all have succeeded')
    await worker.stop()
    await app.enqueueMany(rest, many)
    expect((await app.jobs.list({ state: 'succeeded', within: 0 })).jobs.length).toBe(3)
    expect(await app.jobs.list({ state: 'succeeded', since: '1h', limit: 3 })).toMatchObject({ jobs: [{}, {}, {}], next: null })
  })

  it('jobs enqueued before a moment that ended after it are passed over, so many to a call', async () => {
    const { app } = await newApp(maker, [fine])
    await app.enqueueMany(fine, Array(2100).fill(1))
    const worker = await app.worker({ concurrency: 200 })
    await worker.start()
    await until(async () => (await app.queues.list()).some(({ succeeded }) => succeeded === 2100), 'all have succeeded')
    await worker.stop()
    let first = Number.POSITIVE_INFINITY
    for (let after: string | null | undefined; after !== null; ) {
      const { jobs, next } = await app.jobs.list({ limit: 1000, ...(after === undefined ? {} : { after }) })
      for (const { endedAt } of jobs) first = Math.min(first, endedAt?.getTime() ?? 0)
      after = next
    }
    expect(await app.jobs.list({ until: first })).toEqual({ jobs: [], next: null })
    const call = await app.jobs.list({ until: first, within: 0 })
    expect(call).toMatchObject(maker.name === 'postgres' ? { jobs: [], looked: expect.any(Number) } : { jobs: [], next: null })
    expect((await app.jobs.list({ since: first, limit: 1000 })).jobs.length).toBe(1000)
  })
})
