// worksong through its public API, with default settings; its contestants differ by store only.

import { defineJob, Worksong } from 'worksong'

/**
 * @param {{ name: string, store: () => unknown, audit: import('./contest.mjs').Adapter['audit'] }} options
 * @returns {import('./contest.mjs').Adapter}
 */
export function worksong({ name, store, audit }) {
  let onJob = () => {}
  const noop = defineJob({ name: 'noop', run: async (input) => onJob(input) })
  const open = () => new Worksong({ store: store(), jobs: [noop], logger: false })
  const options = ({ low, at } = {}) => ({ ...(low && { priority: 'low' }), ...(at && { at }) })
  return {
    name,
    audit,
    async prepare() {
      const app = open()
      await app.start()
      await app.close()
    },
    async producer() {
      // Not started: who only enqueues has nothing to look after, and hears of nothing.
      const app = open()
      return {
        one: (payload) => app.enqueue(noop, payload),
        async many(payloads, how) {
          const { enqueued } = await app.enqueueMany(noop, payloads, options(how))
          if (enqueued !== payloads.length) throw new Error(`${enqueued} of ${payloads.length} enqueued`)
        },
        stream: (payloads) => app.enqueueMany(noop, payloads),
        close: () => app.close(),
      }
    },
    async worker(handler, { concurrency }) {
      onJob = handler
      const app = open()
      await app.start()
      const worker = app.worker({ queues: ['default'], ...(concurrency && { concurrency }) })
      return {
        start: () => worker.start(),
        async stop() {
          await worker.stop()
          await app.close()
        },
      }
    },
    async inspector() {
      const app = open()
      return {
        async counts() {
          const queues = await app.queues.list()
          const sum = (state) => queues.reduce((total, queue) => total + Number(queue[state] ?? 0), 0)
          return { unfinished: sum('scheduled') + sum('blocked') + sum('queued') + sum('running') + sum('dead') }
        },
        close: () => app.close(),
      }
    },
  }
}

/** Jobs that succeeded, each counted once, and those that did not. A job that succeeded twice is neither: the sum will not fit. */
export const accounts = ({ jobs, ends, succeeded }) => ({
  finished: Number(ends),
  unfinished: Number(jobs) - Number(succeeded),
})
