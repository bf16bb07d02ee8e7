// The peak memory of a worker that drains 100,000 jobs, and of a producer that streams 1,000,000.

import { payload, rate, rssMb } from '../lib/measure.mjs'
import { scaled } from '../lib/settings.mjs'
import { audited } from '../lib/store.mjs'
import { whole } from './drain.mjs'

const WORKER_JOBS = scaled(100_000)
const PRODUCER_JOBS = scaled(1_000_000)

export const rows = {
  memworker: {
    title: 'peak memory of a worker that drains 100,000 jobs',
    figures: { rssMb: ['MB'] },
    run: (adapter) => whole(adapter, { jobs: WORKER_JOBS }),
  },
  memproducer: {
    title: 'peak memory of a producer that streams 1,000,000 jobs',
    figures: { rssMb: ['MB'], perSecond: ['jobs/s'] },
    run: stream,
  },
}

function* generate() {
  for (let i = 0; i < PRODUCER_JOBS; i++) yield payload(i)
}

async function stream(adapter) {
  const producer = await adapter.producer()
  const began = performance.now()
  await producer.stream(generate())
  const took = performance.now() - began
  const peak = rssMb()
  await producer.close()
  await audited(adapter, { finished: 0, unfinished: PRODUCER_JOBS })
  return { ...rate(PRODUCER_JOBS, took), rssMb: peak }
}
