/** Verbs over many jobs: what a filter picks, what is counted before, what is left alone, and how they end early. */
import { describe, expect, it } from 'vitest'
import type { Worksong } from '#dist/app/index.js'
import { defineJob } from '#dist/client/index.js'
import { newId, typed } from '#dist/core/index.js'
import {
  type Depth,
  deadDelete,
  deadList,
  deadRedrive,
  jobsCancel,
  jobsDelete,
  jobsRetry,
  type Operation,
  planText,
  queuesPurge,
} from '#dist/operations/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { errorOf, makers } from '../support/stores.js'
import { newApp } from '../worker/parts.js'

const a = defineJob({ name: 'a', input: typed<number>(), run: (n) => n })
const b = defineJob({
  name: 'b',
  input: typed<string>(),
  retry: false,
  run: (text) => {
    throw new RangeError(`${text}\nsecond line`)
  },
})

describe.each(makers)('$name', (maker) => {
  it('delete: by ids with what became of each, by filter all that pass it; running ones are left', async () => {
    const { app } = await newApp(maker, [a])
    const [one, two] = [await app.enqueue(a, 1), await app.enqueue(a, 2, { queue: 'other' })]
    const missing = newId()
    expect(await app.jobs.delete(one.id)).toBe('deleted')
    expect(await app.jobs.delete([one.id, missing])).toEqual([
      { id: one.id, result: 'missing' },
      { id: missing, result: 'missing' },
    ])
    await app.enqueueMany(a, [1, 2, 3], { delay: '1h' })
    expect(await app.jobs.delete({ name: 'a', state: 'scheduled' })).toEqual({ jobs: 3, results: { deleted: 3 }, interrupted: false })
    expect(await app.jobs.delete({ queue: 'gone' })).toEqual({ jobs: 0, results: {}, interrupted: false })
    expect((await app.jobs.list()).jobs.map(({ id }) => id)).toEqual([two.id])
  })

  it('no job is meant by nothing, and ids and a filter are not given at once', async () => {
    const { app } = await newApp(maker, [a])
    await app.enqueue(a, 1)
    for (const [operation, input, field] of [
      [jobsDelete, {}, 'ids'],
      [jobsDelete, { ids: [] }, 'ids'],
      [jobsCancel, {}, 'ids'],
      [deadDelete, {}, 'ids'],
      [deadRedrive, { all: false }, 'ids'],
      [jobsDelete, { ids: [newId()], queue: 'q' }, 'ids'],
      [jobsRetry, { queue: 'q' }, 'state'],
      [jobsDelete, { error: 'x' }, 'error'],
      [jobsDelete, { state: 'running' }, 'state'],
      [queuesPurge, { queue: 'q', state: 'running' }, 'state'],
      [queuesPurge, { queue: 'q' }, 'state'],
      [jobsDelete, { since: 'yesterday' }, 'since'],
      [jobsDelete, { since: '1h', until: '2h' }, 'until'],
    ] as [Operation, Record<string, unknown>, string][]) {
      expect(await errorOf(app.operate(operation, input))).toMatchObject({ code: 'WS_INVALID_OPTION', field })
    }
    expect((await app.jobs.list()).jobs.length).toBe(1)
  })

  it('more than a page: told as it goes, counted beforehand in both ways, and ended early by the signal', async () => {
    const { app } = await newApp(maker, [a])
    await app.enqueueMany(
      a,
      Array.from({ length: 2100 }, (_, n) => n),
    )
    await app.enqueueMany(a, [1, 2], { delay: '1h' })
    expect(await planned(app, jobsDelete, { queue: 'default' }, 'count')).toEqual({
      words: 'Delete 2,102 jobs of queue default',
      count: 2102,
    })
    const deep = await planned(app, jobsDelete, { queue: 'default' }, 'states')
    expect(deep).toEqual({
      words: 'Delete 2,102 jobs of queue default',
      count: 2102,
      byState: { scheduled: 2, queued: 2100 },
      byName: { a: 2102 },
    })
    expect(planText(deep)).toMatch(
      /^would delete 2,102 jobs of queue default:\nby .*\nstate +scheduled +2\nstate +queued +2100\nname +a +2102$/,
    )
    const stop = new AbortController()
    const told: number[] = []
    const progress = ({ done }: { done: number }) => {
      told.push(done)
      stop.abort()
    }
    const part = await app.operate(queuesPurge, { queue: 'default', state: 'queued' }, { signal: stop.signal, progress })
    expect(part).toEqual({ jobs: told[0], results: { deleted: told[0] }, interrupted: true })
    expect(queuesPurge.show(part)).toMatch(/^interrupted; so far: [\d,]+ deleted$/)
    expect(queuesPurge.interrupted?.(part)).toBe(true)
    const rest = await app.queues.purge('default', { state: 'queued' })
    expect(rest).toMatchObject({ jobs: 2100 - (told[0] as number), interrupted: false })
    expect(await app.queues.list()).toMatchObject([{ queued: 0, scheduled: 2 }])
  })

  it('of many jobs a dry run takes the counts by state, and goes through them by name when it is told to', async () => {
    const { app } = await newApp(maker, [a])
    await app.enqueueMany(a, Array(10_000).fill(1))
    await app.enqueueMany(a, [1, 2], { delay: '1h' })
    const quick = await planned(app, jobsDelete, { queue: 'default' }, 'states')
    expect(quick).toEqual({ words: 'Delete 10,002 jobs of queue default', count: 10_002, byState: { scheduled: 2, queued: 10_000 } })
    expect(planText(quick)).toMatch(/\nstate +queued +10000\n\(by name too: --deep\)$/)
    expect(await planned(app, jobsDelete, { queue: 'default' }, 'names')).toEqual({ ...quick, byName: { a: 10_002 } })
  })

  it('a count that was interrupted is no count', async () => {
    const { app } = await newApp(maker, [a])
    await app.enqueue(a, 1)
    expect(await errorOf(planned(app, jobsDelete, { queue: 'default' }, 'names', AbortSignal.abort()))).toMatchObject({
      name: 'AbortError',
    })
  })

  it('cancel by filter ends what waits and asks what runs; ended ones are not gone through', async () => {
    const held = defineJob({
      name: 'held',
      run: (_, ctx) => new Promise((_, no) => ctx.signal.addEventListener('abort', () => no(ctx.signal.reason))),
    })
    const { app } = await newApp(maker, [a, held])
    const { id: done } = await app.enqueue(a, 1)
    const worker = app.worker()
    await worker.start()
    await app.jobs.wait(done)
    const { id } = await app.enqueue(held)
    await until(() => worker.load.running === 1, 'it runs')
    await app.enqueueMany(a, [1, 2], { delay: '1h' })
    expect(await app.jobs.cancel({ queue: 'default' }, { reason: 'a flood' })).toEqual({
      jobs: 3,
      results: { cancelled: 2, requested: 1 },
      interrupted: false,
    })
    await errorOf(app.jobs.wait(id))
    expect((await app.jobs.list({ state: 'cancelled' })).jobs.length).toBe(3)
    expect(await app.jobs.retry({ state: 'cancelled', name: 'a' })).toMatchObject({ jobs: 2, results: { queued: 2 } })
  })

  it('dead: listed with what killed them, redriven and deleted by what the error says', async () => {
    const { app } = await newApp(maker, [a, b])
    const worker = app.worker()
    await worker.start()
    const { id: fine } = await app.enqueue(a, 1)
    const ids: string[] = []
    for (const text of ['timed out', 'refused', 'timed out again']) ids.push((await app.enqueue(b, text)).id)
    for (const id of ids) await errorOf(app.jobs.wait(id))
    await app.jobs.wait(fine)
    await worker.stop()
    const { jobs } = await app.dead.list()
    expect(new Set(jobs.map(({ id }) => id))).toEqual(new Set(ids))
    expect(jobs.find(({ id }) => id === ids[1])).toEqual({
      id: ids[1],
      name: 'b',
      queue: 'default',
      diedAt: expect.any(Date),
      attempts: 1,
      maxAttempts: 1,
      error: { name: 'RangeError', message: 'refused\nsecond line' },
    })
    expect(deadList.show(await app.dead.list({ error: 'REFUSED' }))).toMatch(/\n\S+ +b +default +\S+ \S+Z +1\/1 +RangeError: refused$/)
    expect((await app.dead.list({ until: '1h' })).jobs).toEqual([])
    expect(await app.dead.show(ids[0] as string)).toMatchObject({ state: 'dead' })
    expect(await app.dead.show(fine)).toBeNull()
    expect(await planned(app, deadRedrive, { error: 'timed' }, 'states')).toMatchObject({ count: 2, byName: { b: 2 } })
    expect(await app.dead.redrive({ error: 'timed' })).toEqual({ jobs: 2, results: { queued: 2 }, interrupted: false })
    // A retry would run again what has succeeded.
    expect(await app.dead.redrive([fine, ids[0] as string, newId()])).toMatchObject([
      { result: 'changed', state: 'succeeded' },
      { result: 'changed', state: 'queued' },
      { result: 'missing' },
    ])
    expect(deadDelete.show(await app.dead.delete([fine]))).toContain(`${fine}  not dead (it is succeeded), so it was left`)
    expect(await app.dead.delete(fine)).toBe('changed')
    expect(await app.dead.delete({ all: true })).toMatchObject({ jobs: 1, results: { deleted: 1 } })
    expect((await app.queues.list())[0]).toMatchObject({ dead: 0, queued: 2, succeeded: 1 })
  })
})

async function planned(app: Worksong, operation: Operation, input: Record<string, unknown>, depth: Depth, signal?: AbortSignal) {
  const { name, words, right, fields, examples, plan } = operation
  const run: Operation['run'] = (tools, parsed) => (plan as NonNullable<typeof plan>)(tools, parsed, depth)
  return app.operate({ name, words, right, fields, examples, run, show: String }, input, { signal })
}
