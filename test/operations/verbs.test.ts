/** The operators' verbs on real stores: what they do, what they answer, and how it reads on a terminal. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { newId, typed } from '#dist/core/index.js'
import {
  enqueue,
  jobsCancel,
  jobsList,
  jobsRetry,
  jobsShow,
  migrate,
  type Operation,
  queuesList,
  queuesPause,
  queuesResume,
} from '#dist/operations/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { errorOf, makers } from '../support/stores.js'
import { newApp } from '../worker/parts.js'

const hello = defineJob({
  name: 'hello',
  input: typed<unknown>(),
  run: (input, ctx) => ctx.progress(1, 2, 'half').then(() => ({ said: input })),
})
const bad = defineJob({
  name: 'bad',
  input: typed<unknown>(),
  retry: false,
  run: () => {
    throw new RangeError('out of stock\nsecond line')
  },
})

describe.each(makers)('$name', (maker) => {
  async function made() {
    const { app, engine } = await newApp(maker, [hello, bad])
    const say = async <In, Out>(operation: Operation<In, Out>, input: Record<string, unknown>) =>
      operation.show(await app.operate(operation, input))
    const fails = async <In, Out>(operation: Operation<In, Out>, input: Record<string, unknown>) =>
      operation.failed?.(await app.operate(operation, input)) ?? false
    return { app, engine, say, fails }
  }

  it('enqueue stores a job by name, with its options', async () => {
    const { app } = await made()
    const id = newId()
    const given = { job: 'hello', input: '{"name":"Ada"}', delay: '1h', queue: 'other', priority: '-3', id }
    expect(await app.operate(enqueue, given)).toEqual({ id, status: 'enqueued' })
    expect(await app.operate(enqueue, given)).toEqual({ id, status: 'duplicate' })
    expect(await app.jobs.get(id)).toMatchObject({ input: { name: 'Ada' }, queue: 'other', priority: -3, state: 'scheduled' })
    const named = await app.operate(enqueue, { job: 'hello', priority: 'high' })
    expect((await app.jobs.get(named.id))?.priority).toBe(-10)
  })

  it('enqueue of an unknown job names those that there are', async () => {
    const { app } = await made()
    const error = await errorOf(app.operate(enqueue, { job: 'helo' }))
    expect(error).toMatchObject({ code: 'WS_UNKNOWN_JOB', field: 'job', fix: 'Jobs of this app: hello, bad.' })
    expect(await errorOf(app.operate(enqueue, { job: 'hello', priority: '1.5' }))).toMatchObject({ field: 'priority' })
  })

  it('show tells everything about a job, and its errors with their attempts', async () => {
    const { app, say } = await made()
    await app.worker().start()
    const { id } = await app.enqueue(hello, { name: 'Ada' }, { tags: ['a', 'b'], reference: { invoice: '26' }, description: 'by hand' })
    await app.jobs.wait(id)
    const view = await app.jobs.get(id)
    expect(view).toMatchObject({
      name: 'hello',
      state: 'succeeded',
      attempt: 1,
      input: { name: 'Ada' },
      result: { said: { name: 'Ada' } },
      progress: { done: 1, total: 2, text: 'half' },
      errors: [],
      description: 'by hand',
      attempts: [{ end: 'succeeded', attempt: 1 }],
    })
    expect(view?.createdAt).toBeInstanceOf(Date)
    const text = await say(jobsShow, { id })
    for (const part of ['succeeded', '1 of 5', '1 of 2 half', 'a, b', 'invoice=26', '{"name":"Ada"}', '{"said":{"name":"Ada"}}'])
      expect(text).toContain(part)

    const { id: dead } = await app.enqueue(bad, 1)
    await errorOf(app.jobs.wait(dead))
    expect(await app.jobs.get(dead)).toMatchObject({
      state: 'dead',
      result: undefined,
      errors: [{ name: 'RangeError', attempt: 1, stack: expect.any(String) }],
    })
    const [head = '', below = ''] = (await say(jobsShow, { id: dead })).split('\nlast error (')
    expect(head).toMatch(/attempts:\n {2}\S+ \S+Z {2}dead \(ran \d+ ms\): RangeError: out of stock$/)
    expect(below).toMatch(/^\S+ \S+Z\):\n {2}RangeError: out of stock\n {2}second line\n {6}at /)
    expect(await errorOf(app.operate(jobsShow, { id: newId() }))).toMatchObject({ code: 'WS_JOB_NOT_FOUND' })
  })

  it('list gives pages, by state, queue and name', async () => {
    const { app, say } = await made()
    await app.enqueueMany(hello, [1, 2, 3, 4, 5], { queue: 'a' })
    await app.enqueueMany(bad, [1, 2], { delay: '1h' })
    const names = (await app.jobs.list()).jobs.map(({ name }) => name)
    expect(names).toEqual(['bad', 'bad', 'hello', 'hello', 'hello', 'hello', 'hello'])
    expect((await app.jobs.list({ state: 'scheduled' })).jobs.length).toBe(2)
    expect((await app.jobs.list({ queue: 'a', name: 'bad' })).jobs).toEqual([])
    const seen: string[] = []
    let after: string | null | undefined
    do {
      const page = await app.jobs.list({ queue: 'a', limit: 2, ...(after ? { after } : {}) })
      seen.push(...page.jobs.map(({ id }) => id))
      after = page.next
    } while (after)
    expect([seen.length, new Set(seen).size]).toEqual([5, 5])
    expect(await say(jobsList, { limit: '2' })).toMatch(/^id .*\n.*\n.*\nmore: --after '.+'$/)
    expect(await say(jobsList, { state: 'dead' })).toContain('(none)')
    expect(await errorOf(app.operate(jobsList, { state: 'failed' }))).toMatchObject({ field: 'state' })
    expect(await errorOf(app.operate(jobsList, { limit: 1001 }))).toMatchObject({ field: 'limit' })
  })

  it('cancel and retry answer for each id, and fail where one is missing', async () => {
    const { app, fails } = await made()
    const { id } = await app.enqueue(hello, 1)
    const missing = newId()
    expect(await app.operate(jobsCancel, { ids: [id, missing], reason: 'by hand' })).toEqual([
      { id, result: 'cancelled' },
      { id: missing, result: 'missing' },
    ])
    expect(await fails(jobsCancel, { ids: [id] })).toBe(false)
    expect(await fails(jobsCancel, { ids: [id, missing] })).toBe(true)
    expect(await app.operate(jobsRetry, { ids: [id, missing] })).toMatchObject([{ result: 'queued' }, { result: 'missing' }])
    expect(await fails(jobsRetry, { ids: [missing] })).toBe(true)
    expect((await app.jobs.get(id))?.state).toBe('queued')
  })

  it('a retried job is run without waiting for a poll of its own', async () => {
    const { app } = await made()
    const { id } = await app.enqueue(hello, 1, { delay: '1h' })
    await app.worker().start()
    expect(await app.jobs.retry(id)).toBe('queued')
    expect(await app.jobs.wait(id, { timeout: '10s' })).toEqual({ said: 1 })
  })

  it('queues are listed with their depths, paused and resumed', async () => {
    const { app, say } = await made()
    await app.enqueueMany(hello, [1, 2], { queue: 'billing' })
    await app.operate(queuesPause, { queue: 'billing', by: 'ann', reason: 'the ERP is down' })
    const [queue] = await app.queues.list()
    expect(queue).toMatchObject({
      name: 'billing',
      queued: 2,
      running: 0,
      paused: { by: 'ann', reason: 'the ERP is down', at: expect.any(Date) },
      oldestAt: expect.any(Date),
    })
    expect(await say(queuesList, {})).toMatch(/billing +2 .* by ann: the ERP is down/)
    await app.queues.resume('billing')
    expect((await app.queues.list())[0]?.paused).toBeNull()
    expect(await errorOf(app.queues.pause('a/b'))).toMatchObject({ code: 'WS_INVALID_NAME', field: 'queue' })
    expect(await say(queuesPause, { queue: 'billing' })).toBe('billing is paused')
  })

  it('pause and resume of a queue that nothing is known of say so, with the one that may be meant', async () => {
    const { app, say } = await made()
    expect(await say(queuesPause, { queue: 'default' })).toBe('default is paused')
    expect(await say(queuesPause, { queue: 'defualt' })).toBe(
      "defualt is paused. The store has no job of this queue: did you mean 'default'?",
    )
    expect(await app.operate(queuesPause, { queue: 'reports' })).toEqual({ queue: 'reports', paused: true, unknown: true })
    expect(await say(queuesPause, { queue: 'reports' })).toMatch(
      /^reports is paused; before, it was paused since \S+ \S+Z\. The store has no job of this queue$/,
    )
    // It was paused, so it was meant.
    expect(await say(queuesResume, { queue: 'reports' })).toBe('reports goes on')
    await app.enqueue(hello, 1, { queue: 'billing' })
    await app.queues.pause('billing')
    expect(await say(queuesResume, { queue: 'biling' })).toBe("biling goes on. The store has no job of this queue: did you mean 'billing'?")
    expect(await app.operate(queuesResume, { queue: 'billing' })).toEqual({ queue: 'billing', paused: false })
  })

  it('migrate says what there is to do, and does it once', async () => {
    const { app, say } = await made()
    expect(await app.operate(migrate, {})).toMatchObject({ applied: [], before: { pending: [] } })
    expect(await say(migrate, { plan: true })).toMatch(/^nothing to apply: the schema is at version \d+$/)
  })

  it('a job that runs shows that its cancel was asked for', async () => {
    let go: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    const deaf = defineJob({ name: 'deaf', run: () => held })
    const { app } = await newApp(maker, [deaf])
    const worker = app.worker()
    await worker.start()
    const { id } = await app.enqueue(deaf)
    await until(() => worker.load.running === 1, 'it runs')
    expect(await app.jobs.cancel(id, { reason: 'too slow' })).toBe('requested')
    expect(jobsShow.show((await app.jobs.get(id)) as never)).toContain('running (cancel requested)')
    go()
    await app.jobs.wait(id)
    expect(await app.jobs.cancel(id)).toBe('ended')
  })
})
