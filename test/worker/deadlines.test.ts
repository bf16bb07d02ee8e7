/** Time-outs: the signal first, and after a grace the end without the handler. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { WorksongError } from '#dist/core/index.js'
import { Attempt } from '#dist/worker/attempt.js'
import { Deadlines } from '#dist/worker/deadlines.js'
import { sqliteMemory } from '../support/engines.js'
import { newEngine } from '../support/stores.js'
import { claimedJob, TestHost } from './parts.js'

let host: TestHost
let deadlines: Deadlines

beforeEach(async () => {
  host = new TestHost(await newEngine(sqliteMemory))
  deadlines = new Deadlines()
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
})

afterEach(() => {
  deadlines.close()
  vi.useRealTimers()
})

function running(timeout: string | undefined, more: object = {}): Attempt {
  const run = () => new Promise(() => {})
  const job = defineJob({
    name: 'k',
    retry: { attempts: 5, backoff: { type: 'fixed', first: 5, factor: 1, max: 5, jitter: 0 } },
    ...(timeout ? { timeout } : {}),
    run,
    ...more,
  })
  const attempt = new Attempt(claimedJob(), job, 'lease', host)
  void attempt.run()
  deadlines.add(attempt)
  return attempt
}

describe('Deadlines', () => {
  it('aborts the signal at the timeout, and not before', () => {
    const attempt = running('200ms')
    vi.advanceTimersByTime(199)
    expect(attempt.signal.aborted).toBe(false)
    vi.advanceTimersByTime(26)
    expect(attempt.signal.reason).toMatchObject({ code: 'WS_TIMEOUT', message: expect.stringContaining('200ms') })
    expect(host.settled).toEqual([])
  })

  it('ends the attempt without its handler a second later, once', () => {
    running('200ms')
    vi.advanceTimersByTime(1190)
    expect(host.settled).toEqual([])
    vi.advanceTimersByTime(5000)
    expect(host.settled).toMatchObject([{ end: 'retrying', used: 1, delayMs: 5, body: expect.stringContaining('WS_TIMEOUT') }])
  })

  it('a handler that returns within that second has succeeded: its work was done', async () => {
    let finish: (value: string) => void = () => {}
    const done = new Promise<string>((resolve) => {
      finish = resolve
    })
    const attempt = running('200ms', { run: () => done })
    vi.advanceTimersByTime(1100)
    expect(attempt.signal.aborted).toBe(true)
    finish('late')
    await done
    await Promise.resolve()
    expect(host.settled).toMatchObject([{ end: 'succeeded', used: 1, body: '"late"' }])
  })

  it('runs one timer for all, and none for those without a timeout', () => {
    expect(vi.getTimerCount()).toBe(0)
    running(undefined)
    expect(vi.getTimerCount()).toBe(0)
    const two = [running('1s'), running('2s')]
    expect(vi.getTimerCount()).toBe(1)
    for (const attempt of two) deadlines.remove(attempt)
    expect(vi.getTimerCount()).toBe(0)
    running('1s')
    expect(vi.getTimerCount()).toBe(1)
  })

  it('leaves alone who has ended in time', () => {
    const attempt = running('100ms')
    deadlines.remove(attempt)
    running('10s')
    vi.advanceTimersByTime(5000)
    expect(attempt.signal.aborted).toBe(false)
  })
})

describe('a cancel that was asked for', () => {
  const cancel = () => new WorksongError('WS_JOB_CANCELLED', 'enough')
  const inThread = { isolation: 'thread', module: 'file:///jobs.js' }
  const cancelled = { end: 'cancelled', used: 1, body: expect.stringContaining('enough') }

  beforeEach(() => {
    host.runInThread = () => new Promise(() => {})
  })

  it.each([undefined, '1m'])('ends a thread a second later, with a timeout of %s', (timeout) => {
    const attempt = running(timeout, inThread)
    attempt.abort(cancel())
    deadlines.cancelled(attempt)
    vi.advanceTimersByTime(900)
    attempt.abort(cancel())
    deadlines.cancelled(attempt)
    expect(host.settled).toEqual([])
    vi.advanceTimersByTime(150)
    expect(host.settled).toMatchObject([cancelled])
    deadlines.remove(attempt)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not end a handler of the main loop, nor one that has settled', () => {
    deadlines.cancelled(running(undefined))
    const settled = running(undefined, inThread)
    settled.settle({ end: 'succeeded', used: 1, body: null })
    deadlines.cancelled(settled)
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each(['before', 'after'])('wins over a timeout in the last attempt: %s it', (when) => {
    const attempt = running('200ms', { retry: false })
    if (when === 'before') attempt.abort(cancel())
    vi.advanceTimersByTime(500)
    if (when === 'after') attempt.abort(cancel())
    vi.advanceTimersByTime(1000)
    expect(host.settled).toMatchObject([cancelled])
    expect(attempt.signal.reason.code).toBe('WS_JOB_CANCELLED')
  })

  it('a stop is not undone by a timeout either', () => {
    const attempt = running('200ms')
    attempt.abort(new WorksongError('WS_STOPPING', 'stop'))
    vi.advanceTimersByTime(1300)
    expect(host.settled).toMatchObject([{ end: 'returned', used: 0 }])
  })
})
