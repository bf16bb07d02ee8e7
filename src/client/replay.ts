/** After a try whose answer was lost: whose job is the one that the next try finds there? */
import type { Engine, InsertResult, NewJob } from '../engine/index.js'

/** A job on its way to the store. */
export interface Outgoing {
  readonly job: NewJob
  /** The id is the caller's own: somebody may have enqueued it before. One made here cannot be known to anybody. */
  readonly givenId: boolean
  /** A try whose answer was lost may have stored it. */
  readonly maybeDone: boolean
}

/**
 * `exists` is `inserted` where it was our own lost try that stored the job. Of an id that the caller gave, that is known only when
 * the job there is another one; one with this name and this input is taken for ours.
 */
export async function resolveReplays(
  engine: Engine,
  outgoing: readonly Outgoing[],
  results: readonly InsertResult[],
): Promise<readonly InsertResult[]> {
  const resolved: InsertResult[] = []
  const seen = new Set<string>()
  for (const [at, result] of results.entries()) {
    const { job, givenId, maybeDone } = outgoing[at] as Outgoing
    const mayBeOurs = result === 'exists' && maybeDone && !seen.has(job.id)
    resolved.push(mayBeOurs && (!givenId || (await isSame(engine, job))) ? 'inserted' : result)
    seen.add(job.id)
  }
  return resolved
}

async function isSame(engine: Engine, job: NewJob): Promise<boolean> {
  const there = await engine.getJob({ id: job.id })
  return there === null || (there.kind === job.kind && there.payload === job.payload)
}
