/** Attempts that take too long, and handlers in threads, which can be killed. */
import { describe, expect, it } from 'vitest'
import { check } from './check.js'
import { engines, stage } from './stage.js'

const ONE_MORE = { attempts: 2, backoff: { type: 'fixed', first: 10, factor: 1, max: 10, jitter: 0 } }

describe.concurrent.each(engines)('%s', (engine) => {
  it('a timeout aborts the signal and fails the attempt, also of a handler that does not listen', async ({ onTestFinished }) => {
    const on = await stage(engine, { onTestFinished })
    await on.worker({ concurrency: 2 })
    const polite = await on.enqueueOne('wait-and-throw', {}, { timeout: 200, retry: ONE_MORE })
    const deaf = await on.enqueue('deaf', [{}, {}, {}], { timeout: 200, retry: false })
    const behind = await on.enqueueOne('work')
    await on.drained()
    const jobs = await check(on)
    expect(jobs.get(polite)).toMatchObject({
      state: 'dead',
      attempts: [{ end: 'retrying' }, { end: 'dead', error: { code: 'WS_TIMEOUT' } }],
    })
    for (const id of deaf) expect(jobs.get(id)).toMatchObject({ state: 'dead', errors: [{ code: 'WS_TIMEOUT' }] })
    expect(jobs.get(behind)?.state).toBe('succeeded')
    expect(on.evidence('abort').every(({ reason }) => reason === 'WS_TIMEOUT')).toBe(true)
    expect(on.evidence('abort').length).toBe(5)
  })

  it('a thread that blocks for ever is killed on its timeout', async ({ onTestFinished }) => {
    const on = await stage(engine, { onTestFinished })
    const worker = await on.worker({ concurrency: 3 })
    const blocking = await on.enqueueOne('thread-block', {}, { retry: ONE_MORE })
    const aside = await on.enqueueOne('work')
    await on.until('others go on beside it', () => on.evidence('end', aside).length === 1)
    await on.drained()
    expect(await on.app.jobs.get(blocking)).toMatchObject({
      state: 'dead',
      attempts: [{ end: 'retrying' }, { end: 'dead', error: { code: 'WS_TIMEOUT' } }],
    })
    worker.signal('SIGTERM')
    expect(await worker.exit()).toEqual({ code: 0, signal: null })
    expect(on.stderr()).toBe('')
  })

  it('a thread says all that a handler may say', async ({ onTestFinished }) => {
    const on = await stage(engine, { onTestFinished })
    const worker = await on.worker({ concurrency: 3 })
    const say = (what: string, more: object = {}) => on.enqueueOne('thread-speak', { what, ...more }, { retry: ONE_MORE })
    const [value, retry, later, unwanted, hopeless, thrown, gone, unstorable] = [
      await say('value'),
      await say('retryAfter'),
      await say('snooze', { until: Date.now() + 1000 }),
      await say('cancel'),
      await say('discard'),
      await say('throw'),
      await say('exit'),
      await say('bigint'),
    ]
    const cancelled = await on.enqueueOne('thread-wait')
    await on.until('it waits', async () => (await on.app.jobs.get(cancelled))?.state === 'running')
    await on.app.jobs.cancel(cancelled)
    await on.drained()
    const view = (id: string) => on.app.jobs.get(id)
    expect(await view(value)).toMatchObject({
      state: 'succeeded',
      result: { what: 'value', attempt: 1 },
      progress: { done: 3, total: 10, text: 'calling' },
    })
    expect(await on.app.jobs.logs(value)).toMatchObject([{ line: 'a line from the thread', fields: { what: 'value' } }])
    expect(await view(retry)).toMatchObject({ state: 'succeeded', attempt: 2 })
    expect(await view(later)).toMatchObject({ state: 'succeeded', attempt: 1 })
    expect((await view(later))?.attempts[0]).toMatchObject({ end: 'snoozed', attempt: 0 })
    expect(await view(unwanted)).toMatchObject({ state: 'cancelled' })
    expect(await view(hopeless)).toMatchObject({ state: 'dead', attempt: 1 })
    expect(await view(thrown)).toMatchObject({
      state: 'dead',
      attempt: 2,
      errors: [{ name: 'TypeError', message: 'from the thread', code: 'E_THREAD', cause: { message: 'deep' } }, {}],
    })
    expect(await view(gone)).toMatchObject({ state: 'dead', errors: [{ code: 'WS_THREAD' }, { code: 'WS_THREAD' }] })
    expect(await view(unstorable)).toMatchObject({ state: 'dead', errors: [{ code: 'WS_UNSTORABLE' }, {}] })
    expect(await view(cancelled)).toMatchObject({ state: 'cancelled' })
    worker.signal('SIGTERM')
    expect(await worker.exit()).toEqual({ code: 0, signal: null })
    expect(on.stderr()).toBe('')
  })
})
