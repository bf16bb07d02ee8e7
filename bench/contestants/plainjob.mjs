// plainjob on better-sqlite3. It sets synchronous=NORMAL itself: a commit is not synced.

import Database from 'better-sqlite3'
import { better, defineQueue, defineWorker, JobStatus } from 'plainjob'
import { contest } from '../lib/contest.mjs'
import { inChunks } from '../lib/measure.mjs'
import { settings } from '../lib/settings.mjs'

const TYPE = 'noop'
const quiet = { error: console.error, warn() {}, info() {}, debug() {} }

const open = () => defineQueue({ connection: better(new Database(settings.store)), logger: quiet })

await contest({
  name: 'plainjob',
  async prepare() {
    open().close()
  },
  async producer() {
    const queue = open()
    return {
      one: async (payload) => queue.add(TYPE, payload),
      many: (payloads) => inChunks(payloads, 10_000, 1, async (chunk) => queue.addMany(TYPE, chunk)),
      close: async () => queue.close(),
    }
  },
  async worker(onJob) {
    const queue = open()
    const worker = defineWorker(TYPE, (job) => onJob(JSON.parse(job.data)), { queue, logger: quiet, pollIntervall: 10 })
    return {
      async start() {
        void worker.start() // resolves only when the worker stops
      },
      stop: () => worker.stop(),
    }
  },
  async inspector() {
    const queue = open()
    return {
      async counts() {
        const [pending, processing, done, failed] = [JobStatus.Pending, JobStatus.Processing, JobStatus.Done, JobStatus.Failed].map(
          (status) => queue.countJobs({ status }),
        )
        return { unfinished: pending + processing + failed, finished: done }
      },
      close: async () => queue.close(),
    }
  },
})
