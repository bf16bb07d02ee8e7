/** The definition of a name, for verbs about one kind of job. */
import { type JobDefinition, WorksongError } from '../core/index.js'

/** @throws WorksongError `WS_UNKNOWN_JOB` */
export function theDefinition(jobs: ReadonlyMap<string, JobDefinition>, name: string): JobDefinition {
  const job = jobs.get(name)
  if (job) return job
  const known = [...jobs.keys()].slice(0, 20).join(', ') || 'none'
  throw new WorksongError('WS_UNKNOWN_JOB', `No job is named '${name.slice(0, 60)}'`, { fix: `Jobs of this app: ${known}.`, field: 'job' })
}

/** One that can be run here. @throws WorksongError `WS_UNKNOWN_JOB`, `WS_NO_HANDLER` */
export function theHandled(jobs: ReadonlyMap<string, JobDefinition>, name: string): JobDefinition {
  const job = theDefinition(jobs, name)
  if (job.run) return job
  throw new WorksongError('WS_NO_HANDLER', `Job '${name}' has no handler in this app`, {
    fix: 'Run this with the app that has it: give it to the app with run, or by implement().',
  })
}
