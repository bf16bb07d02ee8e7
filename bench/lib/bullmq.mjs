// BullMQ as its production notes recommend; the two contestants differ by backend only.

import { Queue, Worker } from 'bullmq'
import { inChunks } from './measure.mjs'

const QUEUE = 'bench'
const KEEP = { removeOnComplete: true, removeOnFail: 1000 }

/**
 * @param {{ name: string, connection: () => object, backend?: unknown, chunk: number, concurrency: number, prepare?: () => Promise<unknown> }} options
 * @returns {import('./contest.mjs').Adapter}
 */
export function bullmq({ name, connection, backend, chunk, concurrency, prepare = async () => {} }) {
  const extra = backend ? [backend] : []
  const open = async () => {
    const queue = new Queue(QUEUE, { connection: connection(), defaultJobOptions: KEEP }, ...extra)
    await queue.waitUntilReady()
    return queue
  }
  return {
    name,
    prepare,
    async producer() {
      const queue = await open()
      return {
        one: (payload) => queue.add('noop', payload),
        many: (payloads) => inChunks(payloads, chunk, 2, (part) => queue.addBulk(part.map((data) => ({ name: 'noop', data })))),
        close: () => queue.close(),
      }
    },
    async worker(onJob, { concurrency: wanted = concurrency }) {
      const options = { connection: connection(), concurrency: wanted, autorun: false, ...KEEP }
      const worker = new Worker(QUEUE, async (job) => onJob(job.data), options, ...extra)
      worker.on('error', (error) => console.error(error))
      await worker.waitUntilReady()
      return {
        async start() {
          void worker.run() // resolves only when the worker stops
        },
        stop: () => worker.close(),
      }
    },
    async inspector() {
      const queue = await open()
      return {
        async counts() {
          const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized', 'failed')
          return { unfinished: Object.values(counts).reduce((sum, count) => sum + count, 0) }
        },
        close: () => queue.close(),
      }
    },
  }
}
