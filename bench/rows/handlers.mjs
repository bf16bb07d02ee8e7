// Handlers that wait for 10 ms, a hundred at once: how much of the ideal the queue lets through. The contestant `bare` has
// no queue, a hundred loops that wait: the timers of Node are slower than their nominal 10 ms.

import { rate, round, rssMb, sleep } from '../lib/measure.mjs'
import { scaled } from '../lib/settings.mjs'
import { whole } from './drain.mjs'

const HANDLER_MS = 10
const CONCURRENCY = 100
const JOBS = scaled(20_000, 1_000)
const IDEAL_PER_SECOND = (1000 / HANDLER_MS) * CONCURRENCY

export const rows = {
  handlers10ms: {
    title: `handlers of ${HANDLER_MS} ms, concurrency ${CONCURRENCY}`,
    figures: { perSecond: ['jobs/s'], share: [`of the ideal ${IDEAL_PER_SECOND.toLocaleString('en-US')}/s`, 3] },
    async run(adapter) {
      const worker = { handlerMs: HANDLER_MS, concurrency: CONCURRENCY }
      const result = adapter.worker ? await whole(adapter, { jobs: JOBS, worker }) : await bare()
      return { ...result, share: round(result.perSecond / IDEAL_PER_SECOND) }
    },
  },
}

async function bare() {
  let next = 0
  const lane = async () => {
    while (next++ < JOBS) await sleep(HANDLER_MS)
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: CONCURRENCY }, lane))
  return { ...rate(JOBS, performance.now() - began), rssMb: rssMb() }
}
