/** What runs now: so that a job's children know their parent, and one piece of work keeps one correlation id. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { EnqueueContext } from '../client/index.js'
import type { Attempt } from '../worker/index.js'

const current = new AsyncLocalStorage<Attempt>()

export function within<T>(attempt: Attempt, run: (attempt: Attempt) => T): T {
  return current.run(attempt, run, attempt)
}

/** What the running job hands on; undefined outside of any. */
export function enqueueContext(): EnqueueContext | undefined {
  const job = current.getStore()?.job
  if (!job) return undefined
  const trace = job.extras?.trace
  return { parentId: job.id, correlationId: job.extras?.correlationId ?? job.id, ...(trace === undefined ? {} : { trace }) }
}
