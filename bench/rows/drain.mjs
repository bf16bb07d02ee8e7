// N jobs wait; the clock runs from the workers' start call until the store records the last as finished.

import { rate, round } from '../lib/measure.mjs'
import { onPostgres, settings } from '../lib/settings.mjs'
import { vacuumAnalyze } from '../lib/sql.mjs'
import { audited, expectWaiting, fill, settled } from '../lib/store.mjs'
import { expectCalls, spawnWorkers } from '../lib/workers.mjs'

const figures = { perSecond: ['jobs/s'] }

export const rows = {
  drain: { title: 'drain of no-ops, one worker process', figures, run: (adapter) => whole(adapter, { jobs: settings.jobs }) },
  drain2: {
    title: 'drain of no-ops, two worker processes',
    figures,
    run: (adapter) => whole(adapter, { jobs: settings.jobs, processes: 2 }),
  },
}

/** One drain on a fresh store, with its accounts. */
export async function whole(adapter, options) {
  const result = await drain(adapter, options)
  await audited(adapter, { finished: options.jobs })
  return result
}

/**
 * Fills and drains.
 * @param {{ jobs: number, processes?: number, before?: number, vacuum?: boolean, worker?: import('../lib/worker-role.mjs').WorkerOptions }} options
 *   `before`: how many jobs went through this store before, all of them finished
 */
export async function drain(adapter, { jobs, processes = 1, before = 0, vacuum = true, worker }) {
  const producer = await adapter.producer()
  await fill(producer, jobs, before)
  await producer.close()
  if (vacuum && onPostgres()) await vacuumAnalyze()
  const inspector = await adapter.inspector()
  await expectWaiting(inspector, jobs)
  const workers = await spawnWorkers(processes, worker)

  const began = performance.now()
  await workers.drained(jobs)
  const handled = performance.now()
  await settled(inspector, before + jobs)
  const ended = performance.now()

  const stopped = await workers.stop()
  await inspector.close()
  expectCalls(stopped, jobs)
  return { ...rate(jobs, ended - began), handlerSeconds: round((handled - began) / 1000), rssMb: stopped.rssMb }
}
