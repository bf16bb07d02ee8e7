/** The job of an id, for verbs about one job. */
import { WorksongError } from '../core/index.js'
import type { Engine, JobRecord } from '../engine/index.js'

/** @throws WorksongError `WS_JOB_NOT_FOUND` */
export async function theJob(engine: Engine, id: string): Promise<JobRecord> {
  const job = await engine.getJob({ id })
  if (job) return job
  throw new WorksongError('WS_JOB_NOT_FOUND', `No job has the id ${id}`, { fix: 'It may have been pruned; see retention.' })
}
