// Putting jobs in: one caller, many callers, in bulk. Nobody works meanwhile.

import { payloads, percentiles, rate, rssMb } from '../lib/measure.mjs'
import { scaled, settings } from '../lib/settings.mjs'
import { audited, expectWaiting } from '../lib/store.mjs'

const WARM_UP = 100
const LIMIT_MS = 8_000 // a slow peer makes fewer calls than asked for

const PER_CALL = { perSecond: ['jobs/s'], p50: ['p50 of a call, ms', 2], p99: ['p99 of a call, ms', 2] }

export const rows = {
  enqueue1: {
    title: 'enqueue, one caller, awaited',
    figures: PER_CALL,
    run: (adapter) => calls(adapter, { callers: 1, count: scaled(5_000, 500) }),
  },
  enqueue64: {
    title: 'enqueue, 64 concurrent callers',
    figures: PER_CALL,
    run: (adapter) => calls(adapter, { callers: 64, count: scaled(40_000, 1_000) }),
  },
  bulk: { title: 'enqueueMany', figures: { perSecond: ['jobs/s'] }, run: bulk },
}

async function bulk(adapter) {
  const { jobs } = settings
  const producer = await adapter.producer()
  await producer.many(payloads(WARM_UP))
  const inputs = payloads(jobs)
  const began = performance.now()
  await producer.many(inputs)
  const took = performance.now() - began
  return { ...rate(jobs, took), ...(await checked(adapter, producer, WARM_UP + jobs)) }
}

async function calls(adapter, { callers, count }) {
  const producer = await adapter.producer()
  await Promise.all(payloads(WARM_UP).map((input) => producer.one(input)))
  const inputs = payloads(count)
  const times = new Float64Array(count)
  let next = 0
  let began = 0
  const caller = async () => {
    while (next < count && performance.now() - began < LIMIT_MS) {
      const i = next++
      const sent = performance.now()
      await producer.one(inputs[i])
      times[i] = performance.now() - sent
    }
  }
  began = performance.now()
  await Promise.all(Array.from({ length: callers }, caller))
  const took = performance.now() - began
  const store = await checked(adapter, producer, WARM_UP + next)
  return { ...rate(next, took), ...percentiles(times.subarray(0, next)), ...store }
}

async function checked(adapter, producer, expected) {
  const memory = rssMb()
  await producer.close()
  const inspector = await adapter.inspector()
  await expectWaiting(inspector, expected)
  await inspector.close()
  await audited(adapter, { finished: 0, unfinished: expected })
  return { rssMb: memory }
}
