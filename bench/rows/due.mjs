// Many jobs that fall due in the same millisecond, with a worker that has been waiting: until all have started.

import { payloads, percentile, rate, round, sleep } from '../lib/measure.mjs'
import { scaled } from '../lib/settings.mjs'
import { audited, settled } from '../lib/store.mjs'
import { expectCalls, spawnWorkers } from '../lib/workers.mjs'

const JOBS = scaled(20_000, 500)
const AHEAD_MS = 4_000

export const rows = {
  due: {
    title: '20,000 jobs due in the same millisecond',
    figures: { allMs: ['due → all started, ms', 0], p50: ['due → half started, ms', 0], firstMs: ['due → first started, ms', 1] },
    run: due,
  },
}

async function due(adapter) {
  const producer = await adapter.producer()
  const inspector = await adapter.inspector()
  const workers = await spawnWorkers(1, { reportMs: 100 })
  await workers.start()
  const at = new Date(Date.now() + AHEAD_MS)
  await producer.many(payloads(JOBS, 0, { dueAt: at.getTime() }), { at })
  if (Date.now() > at - 1000) throw new Error('the jobs were not in the store a second before they were due')
  if (workers.calls()) throw new Error('a job ran before it was due')
  await sleep(at - Date.now())
  await workers.drained(JOBS)
  await settled(inspector, JOBS)
  const stopped = await workers.stop()
  await producer.close()
  await inspector.close()
  const { latencies, rssMb } = stopped
  const [firstMs, allMs] = [percentile(latencies, 0), percentile(latencies, 1)]
  expectCalls(stopped, JOBS)
  if (firstMs < -1) throw new Error(`a job started ${-firstMs} ms before it was due`)
  await audited(adapter, { finished: JOBS })
  return { ...rate(JOBS, allMs), allMs: round(allMs), p50: round(percentile(latencies, 0.5)), firstMs: round(firstMs), rssMb }
}
