/** Time-outs: the signal first, and after a grace the end without the handler. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineJob } from '#dist/client/index.js'
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

function running(timeout: string | undefined): Attempt {
  const run = () => new Promise(() => {})
  const job = defineJob({
    name: 'k',
    retry: { attempts: 5, backoff: { type: 'fixed', first: 5, factor: 1, max: 5, jitter: 0 } },
    ...(timeout ? { timeout } : {}),
    run,
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
