/** What a worker that starts can already be told: that it will have nothing to do, most likely by a mistake. Only warns. */
import type { JobDefinition, Logger } from '../core/index.js'
import type { Engine } from '../engine/index.js'

export interface Surroundings {
  readonly engine: Engine
  readonly definitions: ReadonlyMap<string, JobDefinition>
  readonly logger: Logger | undefined
}

export async function warnOfNoWork({ engine, definitions, logger }: Surroundings, queues: readonly string[]): Promise<void> {
  if (!logger) return
  const jobs = [...definitions.values()]
  if (!jobs.some((job) => job.run)) {
    const words = "this worker will run nothing: none of the app's `jobs` has a handler"
    return logger.warn({ code: 'worker.jobs.none', jobs: jobs.map((job) => job.name) }, words)
  }
  const named = [...new Set(jobs.map((job) => job.queue))]
  if (named.some((queue) => queues.includes(queue))) return
  // Jobs may have been enqueued with a queue of their own.
  const stored = await engine.listQueues().catch(() => undefined)
  if (!stored || stored.some((queue) => queues.includes(queue.name))) return
  const words = `no job names the queues of this worker, and the store has none of them: ${queues.join(', ')}`
  logger.warn({ code: 'worker.queues.unknown', queues, named }, `${words}; the app's jobs go to: ${named.join(', ')}`)
}
