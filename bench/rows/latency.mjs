// Producer and worker in two processes; the time from before the enqueue call to the handler's first line.

import { now, payload, percentiles, rate, sleep } from '../lib/measure.mjs'
import { scaled } from '../lib/settings.mjs'
import { audited, settled } from '../lib/store.mjs'
import { expectCalls, spawnWorkers } from '../lib/workers.mjs'

const WARM_UP = 20
const STEADY_PER_SECOND = 500
const figures = { p50: ['p50, ms', 2], p99: ['p99, ms', 2] }

export const rows = {
  latency: { title: 'idle queue, enqueue → handler starts', figures, run: (adapter) => latency(adapter, scaled(200, 20), oneByOne) },
  steady: {
    title: `${STEADY_PER_SECOND} jobs a second, enqueue → handler starts`,
    figures,
    run: (adapter) => latency(adapter, scaled(6 * STEADY_PER_SECOND, 200), steadily),
  },
}

async function latency(adapter, count, send) {
  const producer = await adapter.producer()
  const inspector = await adapter.inspector()
  const workers = await spawnWorkers(1, { reportMs: 100 })
  await workers.start()
  await sleep(1000)
  const one = (i) => producer.one(payload(i, { sentAt: now() }))
  await oneByOne(one, 0, WARM_UP)
  const took = await send(one, WARM_UP, count)
  const all = WARM_UP + count
  await workers.drained(all)
  await settled(inspector, all)
  const { latencies, distinct, rssMb } = await workers.stop()
  await producer.close()
  await inspector.close()
  expectCalls({ calls: latencies.length, distinct }, all)
  await audited(adapter, { finished: all })
  return { ...rate(count, took), ...percentiles(latencies.slice(WARM_UP)), rssMb }
}

async function oneByOne(one, from, count) {
  const began = performance.now()
  for (let i = from; i < from + count; i++) {
    await one(i)
    await sleep(40 + Math.random() * 20) // not in step with anybody's polling
  }
  return performance.now() - began
}

/** By the clock, whether or not the earlier calls have been answered: a slow answer must not slow the load down. */
async function steadily(one, from, count) {
  const began = performance.now()
  const answers = []
  for (let i = 0; i < count; i++) {
    const early = began + (i * 1000) / STEADY_PER_SECOND - performance.now()
    if (early > 0) await sleep(early)
    answers.push(one(from + i))
  }
  await Promise.all(answers)
  return performance.now() - began
}
