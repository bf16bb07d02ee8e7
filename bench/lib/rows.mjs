// The rows: what is timed, and how each is checked in the store afterwards.

import { settings } from './contest.mjs'
import { payload, payloads, percentile, round, rssMb, sleep } from './measure.mjs'
import { vacuumAnalyze } from './sql.mjs'
import { spawnWorkers } from './workers.mjs'

const WARM_UP = 100
const SETTLE_MS = 30_000
const ENQUEUE_MS = 8_000 // a slow peer makes fewer calls than asked for

/** Polls the store until it says that nothing is left, and fails loudly when it never does. */
async function settled(inspector, expected) {
  const deadline = Date.now() + SETTLE_MS
  for (;;) {
    const counts = await inspector.counts()
    if (counts.unfinished === 0) {
      const { finished } = counts
      if (finished !== undefined && finished !== expected) {
        throw new Error(`the store holds ${finished} finished jobs, expected ${expected}`)
      }
      return
    }
    if (Date.now() > deadline) throw new Error(`${counts.unfinished} jobs unfinished in the store`)
    await sleep(2)
  }
}

/** N jobs wait; the clock runs from the workers' start call until the store records the last as finished. */
export async function drainRow(adapter, processes) {
  const { jobs } = settings
  const producer = await adapter.producer()
  await producer.many(payloads(jobs))
  await producer.close()
  if (settings.store.startsWith('postgres:')) await vacuumAnalyze()
  const inspector = await adapter.inspector()
  await expectWaiting(inspector, jobs)
  const workers = await spawnWorkers(processes)

  const began = performance.now()
  await workers.drained(jobs)
  const handled = performance.now()
  await settled(inspector, jobs)
  const ended = performance.now()

  const stopped = await workers.stop()
  const calls = workers.calls()
  await inspector.close()
  if (calls !== jobs || stopped.distinct !== jobs) {
    throw new Error(`${calls} handler calls for ${stopped.distinct} distinct jobs, expected ${jobs}`)
  }
  return {
    ...rate(jobs, ended - began),
    handlerSeconds: round((handled - began) / 1000),
    verified: true,
    rssMb: stopped.rssMb,
  }
}

export async function bulkRow(adapter) {
  const { jobs } = settings
  const producer = await adapter.producer()
  await producer.many(payloads(WARM_UP))
  const inputs = payloads(jobs)
  const began = performance.now()
  await producer.many(inputs)
  const took = performance.now() - began
  return { ...rate(jobs, took), ...(await checked(adapter, producer, WARM_UP + jobs)) }
}

export async function enqueueRow(adapter, { callers, calls }) {
  const producer = await adapter.producer()
  await Promise.all(payloads(WARM_UP).map((input) => producer.one(input)))
  const inputs = payloads(calls)
  const times = new Float64Array(calls)
  let next = 0
  let began = 0
  const caller = async () => {
    while (next < calls && performance.now() - began < ENQUEUE_MS) {
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

/** An idle queue, producer and worker in two processes; the time from the enqueue call to the handler's first line. */
export async function latencyRow(adapter) {
  const warmUp = 20
  const calls = 200
  const producer = await adapter.producer()
  const inspector = await adapter.inspector()
  const workers = await spawnWorkers(1)
  await workers.start()
  await sleep(1000)
  const began = performance.now()
  for (let i = 0; i < warmUp + calls; i++) {
    const sentAt = process.hrtime.bigint().toString()
    await producer.one({ ...payload(i), sentAt })
    await sleep(40 + Math.random() * 20) // not in step with anybody's polling
  }
  const took = performance.now() - began
  await workers.drained(warmUp + calls)
  await settled(inspector, warmUp + calls)
  const { latencies, rssMb: worker } = await workers.stop()
  await producer.close()
  await inspector.close()
  if (latencies.length !== warmUp + calls) throw new Error(`${latencies.length} handler calls, expected ${warmUp + calls}`)
  return { ...rate(calls, took), ...percentiles(latencies.slice(warmUp)), verified: true, rssMb: worker }
}

async function checked(adapter, producer, expected) {
  const memory = rssMb()
  await producer.close()
  const inspector = await adapter.inspector()
  await expectWaiting(inspector, expected)
  await inspector.close()
  return { verified: true, rssMb: memory }
}

async function expectWaiting(inspector, expected) {
  const { unfinished } = await inspector.counts()
  if (unfinished !== expected) throw new Error(`the store holds ${unfinished} waiting jobs, expected ${expected}`)
}

const rate = (ops, ms) => ({ ops, seconds: round(ms / 1000), perSecond: Math.round((ops * 1000) / ms) })

const percentiles = (times) => ({ p50: round(percentile(times, 0.5)), p99: round(percentile(times, 0.99)) })
