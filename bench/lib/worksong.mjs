// worksong through its public API, with default settings; the two contestants differ by store only.

import { defineJob, Worksong } from 'worksong'

/**
 * @param {{ name: string, store: () => string }} options
 * @returns {import('./contest.mjs').Adapter}
 */
export function worksong({ name, store }) {
  let onJob = () => {}
  const noop = defineJob({ name: 'noop', run: async (input) => onJob(input) })
  const open = () => new Worksong({ store: store(), jobs: [noop], logger: false })
  return {
    name,
    async prepare() {
      const app = open()
      await app.start()
      await app.close()
    },
    async producer() {
      const app = open()
      await app.start()
      return {
        one: (payload) => app.enqueue(noop, payload),
        async many(payloads) {
          const { enqueued } = await app.enqueueMany(noop, payloads)
          if (enqueued !== payloads.length) throw new Error(`${enqueued} of ${payloads.length} enqueued`)
        },
        close: () => app.close(),
      }
    },
    async worker(handler) {
      onJob = handler
      const app = open()
      await app.start()
      const worker = app.worker({ queues: ['default'] })
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
