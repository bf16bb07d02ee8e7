/** Lists of jobs by what they failed of, and by when. */
import assert from 'node:assert/strict'
import { isWorksongError } from '../../core/index.js'
import type { JobFilter } from '../../engine/index.js'
import { at, type Bench, ids, only, sameIds } from './bench.js'
import { type Case, on } from './case.js'
import { endOf, type Held } from './worker.js'

const HOUR = 3_600_000

async function listed(t: Bench, filter: JobFilter, limit = 3): Promise<string[]> {
  const found: string[] = []
  for (let after: string | null = ''; after !== null; ) {
    const page = await t.engine.listJobs({ filter, limit, ...(after ? { after } : {}) })
    found.push(...ids(page.jobs))
    after = page.next
  }
  return found
}

const failure = (message: string) => JSON.stringify({ name: 'Error', message, stack: `Error: ${message}\n at connect` })

/** Jobs that ended with these messages, in order. */
async function failed(t: Bench, messages: readonly string[], end: 'dead' | 'cancelled' = 'dead'): Promise<Held[]> {
  const worker = await t.worker()
  await t.insert(messages.length)
  const held = await worker.take(1000)
  await worker.finish(
    held.map((job, index) => endOf(job, end, { body: failure(at(messages, index)) })),
    { closing: [at(held, 0).lease] },
  )
  return held
}

async function refuses(t: Bench, filter: JobFilter, field: string): Promise<void> {
  await assert.rejects(
    t.engine.listJobs({ filter, limit: 1 }),
    (error) => isWorksongError(error, 'WS_INVALID_OPTION') && error.field === field,
  )
}

export const listFilterCases: readonly Case[] = [
  ...(['dead', 'cancelled'] as const).map((state) =>
    on('listJobs', 'by error', `${state} jobs are found by a part of their message, in whatever case`, async (t) => {
      const jobs = await failed(t, ['Connection refused', 'time-out', 'the CONNECTION was reset', '', 'a\nconnecTion'], state)
      assert.deepEqual(await listed(t, { state, error: 'connection' }), ids([at(jobs, 4), at(jobs, 2), at(jobs, 0)]))
      assert.deepEqual(await listed(t, { state, error: 'CONNECTION R' }), [at(jobs, 0).id])
      assert.deepEqual(await listed(t, { state, error: 'at connect' }), [])
      assert.deepEqual(await listed(t, { state, error: 'connection', queue: 'r' }), [])
      assert.deepEqual(await listed(t, { state: state === 'dead' ? 'cancelled' : 'dead', error: 'connection' }), [])
    }),
  ),

  on('listJobs', 'by error', 'the reason of a cancel counts', async (t) => {
    const [one, two] = await t.insert(2)
    await t.engine.cancelJobs({ ids: [one?.id ?? ''], reason: 'Wrong customer' })
    await t.engine.cancelJobs({ ids: [two?.id ?? ''], reason: null })
    assert.deepEqual(await listed(t, { state: 'cancelled', error: 'customer' }), [one?.id])
  }),

  on('listJobs', 'error is taken literally', 'signs that some stores read as patterns stand for themselves', async (t) => {
    const messages = ['100% of it', '100 of it', 'a_b', 'axb', 'c\\d', 'say "hi"', "it's", 'zero \0 and half \ud800', 'plain']
    const jobs = await failed(t, messages)
    for (const [error, index] of [
      ['0%', 0],
      ['a_b', 2],
      ['c\\', 4],
      ['"hi"', 5],
      ["t's", 6],
      ['zero ', 7],
    ] as const) {
      assert.deepEqual(await listed(t, { state: 'dead', error }), [at(jobs, index).id], error)
    }
    assert.deepEqual(await listed(t, { state: 'dead', error: '%' }), [at(jobs, 0).id])
  }),

  on('listJobs', 'error of the last end', 'an earlier failure of a job that died again of another does not count', async (t) => {
    const job = only(await failed(t, ['first']))
    await t.engine.retryJobs({ ids: [job.id] })
    assert.deepEqual(await listed(t, { state: 'dead', error: 'first' }), [])
    const worker = await t.worker()
    await worker.finishAll(await worker.take(), 'dead', { body: failure('second') })
    assert.deepEqual(await listed(t, { state: 'dead', error: 'first' }), [])
    assert.deepEqual(await listed(t, { state: 'dead', error: 'second' }), [job.id])
  }),

  on('listJobs', 'error without a state', 'an error is refused but with dead or cancelled, and so is what is none', async (t) => {
    for (const filter of [{}, { state: 'succeeded' }, { state: 'queued' }] as JobFilter[])
      await refuses(t, { ...filter, error: 'x' }, 'error')
    for (const error of ['', 'a\0', 'x'.repeat(501)]) await refuses(t, { state: 'dead', error }, 'error')
    await refuses(t, { since: Number.NaN }, 'since')
    await refuses(t, { until: Number.POSITIVE_INFINITY }, 'until')
    assert.deepEqual(await listed(t, { state: 'dead', error: 'x'.repeat(500) }), [])
  }),

  on('listJobs', 'by time: ended', 'ended jobs are found by when they ended', async (t) => {
    for (const state of ['dead', 'cancelled', 'succeeded'] as const) {
      const jobs = await t.insert(4)
      const worker = await t.worker()
      const held = await worker.take()
      await worker.finish(held.slice(0, 2).map((job) => endOf(job, state)))
      await t.tick()
      const moment = await t.now()
      await worker.finish(held.slice(2).map((job) => endOf(job, state)))
      sameIds(await listed(t, { state, since: moment }), ids(jobs.slice(2)))
      sameIds(await listed(t, { state, until: moment }), ids(jobs.slice(0, 2)))
      sameIds(await listed(t, { state, since: moment - HOUR, until: moment + HOUR }), ids(jobs))
      assert.deepEqual(await listed(t, { state, since: moment, until: moment }), [])
      assert.deepEqual(await listed(t, { state, until: moment - HOUR }), [])
    }
  }),

  on('listJobs', 'by time: enqueued', 'others are found by when they were enqueued', async (t) => {
    const hold = async () => {
      const [held, queued, scheduled] = await t.insert(3, (index) => ({
        queue: index ? 'q' : 'r',
        ...(index === 2 ? { delayMs: HOUR } : {}),
      }))
      await (await t.worker()).take({ from: ['r'] })
      return { running: held?.id, queued: queued?.id, scheduled: scheduled?.id }
    }
    const early = await hold()
    await t.tick()
    const moment = await t.now()
    const late = await hold()
    for (const state of ['running', 'queued', 'scheduled'] as const) {
      assert.deepEqual(await listed(t, { state, since: moment }), [late[state]], state)
      assert.deepEqual(await listed(t, { state, until: moment }), [early[state]], state)
      assert.deepEqual(await listed(t, { state, queue: state === 'running' ? 'r' : 'q', until: moment }), [early[state]], state)
    }
  }),

  on('listJobs', 'by time: any state', 'without a state each job counts by its own moment', async (t) => {
    const [ends] = await t.insert(1)
    const worker = await t.worker()
    const held = await worker.take()
    const waits = await t.insertOne()
    await t.tick()
    const moment = await t.now()
    await worker.finishAll(held, 'succeeded')
    const late = await t.insertOne()
    sameIds(await listed(t, { since: moment }, 1), ids([at([ends], 0) as { id: string }, late]))
    assert.deepEqual(await listed(t, { until: moment }, 1), [waits.id])
  }),

  on('listJobs', 'cursor knows the whole filter', 'a cursor of another error or time is refused', async (t) => {
    await failed(t, ['one', 'one', 'one'])
    const filters: JobFilter[] = [{ state: 'dead' }, { state: 'dead', error: 'one' }, { state: 'dead', error: 'on' }]
    filters.push({ state: 'dead', since: 1 }, { state: 'dead', until: 9e15 }, { state: 'dead', since: 1, error: 'one' })
    const pages = await Promise.all(filters.map((filter) => t.engine.listJobs({ filter, limit: 1 })))
    for (const [index, { next }] of pages.entries()) {
      for (const [other, filter] of filters.entries()) {
        const page = t.engine.listJobs({ filter, limit: 1, after: next ?? '' })
        if (other === index) assert.equal((await page).jobs.length, 1)
        else await assert.rejects(page, (error) => isWorksongError(error, 'WS_INVALID_OPTION') && error.field === 'after')
      }
    }
  }),
]
