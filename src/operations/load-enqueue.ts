/** Many jobs of one kind and input: as fast as it goes, or at a rate. */
import type { EntryOutcome } from '../client/index.js'
import { isWorksongError, type JobDefinition } from '../core/index.js'
import { paced } from './pace.js'
import type { Tools } from './tools.js'

const TELL_EVERY = 100

/** How long it took, and how many there are now: fewer than asked when it was interrupted. */
export interface Enqueuing {
  readonly enqueued: number
  readonly ms: number
}

/** @param inputOf asked for each job when it is sent */
export async function enqueueLoad(
  tools: Tools,
  job: JobDefinition,
  inputOf: () => unknown,
  { jobs, rate }: { jobs: number; rate?: number },
): Promise<Enqueuing> {
  const { signal, progress } = tools
  const began = performance.now()
  const tell = (done: number) => progress?.({ done, total: jobs, words: 'enqueued' })
  if (rate !== undefined) {
    const enqueued = await paced(jobs, rate, () => tools.enqueue(job, inputOf(), {}), signal, tell)
    return { enqueued, ms: performance.now() - began }
  }
  const enqueued = await enqueueAll(tools, job, inputOf, jobs, tell)
  return { enqueued, ms: performance.now() - began }
}

async function enqueueAll(
  { enqueueMany, signal }: Tools,
  job: JobDefinition,
  inputOf: () => unknown,
  count: number,
  tell: (done: number) => void,
): Promise<number> {
  function* copies(): Generator<unknown> {
    for (let made = 0; made < count && !signal?.aborted; made++) yield inputOf()
  }
  let stored = 0
  const onOutcome = (outcome: EntryOutcome) => {
    if (outcome.status === 'rejected') throw outcome.error
    if (++stored % TELL_EVERY === 0) tell(stored)
  }
  const { enqueued } = await enqueueMany(job, copies(), { onOutcome }).catch((error: unknown) => {
    // One input for all: what is wrong with it is all there is to be said.
    throw isWorksongError(error, 'WS_SOURCE_FAILED') ? error.cause : error
  })
  return enqueued
}

/** Per second, in whole numbers. */
export function perSecond(count: number, ms: number): number {
  return Math.round((count / Math.max(ms, 1)) * 1000)
}
