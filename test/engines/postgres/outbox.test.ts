/** When others are told of new jobs: at once after a pause, each 5 ms in a stream. On a clock of the test's own. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Outbox } from '#dist/engines/postgres/outbox.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** One job at each of the moments: when each message was sent. */
function sentAt(moments: readonly number[]): number[] {
  const began = performance.now()
  const sent: number[] = []
  const outbox = new Outbox(() => sent.push(performance.now() - began))
  for (const moment of moments) {
    vi.advanceTimersByTime(began + moment - performance.now())
    outbox.add(['mail'], 1)
  }
  vi.advanceTimersByTime(100)
  outbox.close()
  return sent
}

const held = (moments: readonly number[], sent: readonly number[]) =>
  Math.max(...moments.map((moment) => (sent.find((at) => at >= moment) as number) - moment))

it('who enqueues with pauses is told of at once', () => {
  const moments = [0, 2, 4, 30, 32]
  expect(sentAt(moments)).toEqual(moments)
})

it('two or three that come close together, as timers make of 500 a second, are told of within 3 ms', () => {
  const moments = Array.from({ length: 100 }, (_, i) => [5 * i, 5 * i + 0.4, 5 * i + 2]).flat()
  expect(held(moments, sentAt(moments))).toBeLessThanOrEqual(3.001)
})

it('a stream is told of each 5 ms', () => {
  const moments = Array.from({ length: 1000 }, (_, i) => 0.4 * i)
  const sent = sentAt(moments)
  expect(sent.length).toBeLessThan(100)
  expect(held(moments, sent)).toBeLessThanOrEqual(5.4)
})

it('many jobs at once hold the next message back for 5 ms', () => {
  const sent: number[] = []
  const began = performance.now()
  const outbox = new Outbox(() => sent.push(performance.now() - began))
  outbox.add(['mail'], 64)
  vi.advanceTimersByTime(2)
  outbox.add(['mail'], 1)
  vi.advanceTimersByTime(100)
  outbox.close()
  expect(sent).toEqual([0, 5])
})
