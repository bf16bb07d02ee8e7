/** onDead: the job's own hook and the app's, once the death is durable. */
import type { DeadHook, Failure, JobDefinition, JobInfo, Logger } from '../core/index.js'
import type { ClaimEnd, Engine } from '../engine/index.js'
import { type Attempt, jobInfo } from '../worker/index.js'
import { failureOf, logDeath } from './job-failures.js'

export interface DeadHooks {
  readonly jobs: ReadonlyMap<string, JobDefinition>
  readonly onDead: DeadHook | undefined
  readonly logger: Logger | undefined
}

/** A job died in this worker. @param tell whether the log is to have it */
export function diedHere(hooks: DeadHooks, end: ClaimEnd, attempt: Attempt, tell: boolean): void {
  void call(hooks, jobInfo(attempt.job), failureOf(end.body), tell)
}

/** Rescue found jobs dead, whose workers are gone. */
export async function diedElsewhere(hooks: DeadHooks, engine: Engine, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const job = await engine.getJob({ id })
    if (!job) continue
    const { kind, queue, priority, maxAttempts, extras } = job
    const body = job.attempts.at(-1)?.body
    const info: JobInfo = {
      id,
      name: kind,
      queue,
      priority,
      maxAttempts,
      attempt: job.attempt,
      tags: extras?.tags ?? [],
      reference: extras?.reference ?? {},
      correlationId: extras?.correlationId ?? id,
    }
    await call(hooks, info, JSON.parse(body ?? '{"name":"WorkerLost","message":"its worker was lost"}') as Failure)
  }
}

async function call({ jobs, onDead, logger }: DeadHooks, job: JobInfo, failure: Failure, tell = true): Promise<void> {
  if (tell) logDeath(logger, job, failure)
  for (const hook of [jobs.get(job.name)?.onDead, onDead]) {
    try {
      await hook?.(job, failure)
    } catch (error) {
      logger?.error({ code: 'hook.failed', hook: 'onDead', job: job.id, error }, 'an onDead hook threw')
    }
  }
}
