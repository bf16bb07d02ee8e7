/** What a session works with. */
import type { JobDefinition, Logger } from '../core/index.js'
import type { ClaimEnd, Engine } from '../engine/index.js'
import type { Attempt } from './attempt.js'
import type { QueuePlan } from './queue-plan.js'
import type { Watch } from './recorder.js'
import type { LeaseGuard } from './slots.js'

export interface SessionTools {
  readonly engine: Engine
  readonly logger: Logger | undefined
  readonly definitions: ReadonlyMap<string, JobDefinition>
  readonly plan: QueuePlan
  readonly concurrency: number
  readonly maxResultBytes: number
  within<T>(attempt: Attempt, run: (attempt: Attempt) => T): T
  runInThread(attempt: Attempt): Promise<unknown>
  readonly guard: LeaseGuard
  /** Claim just these jobs, once. */
  readonly only?: readonly string[] | undefined
  readonly watch?: Watch | undefined
  onClaimed?(count: number): void
  /** An end has been written; called after it is durable. The attempt is given for those that did not succeed. */
  onEnd(end: ClaimEnd, attempt: Attempt | undefined): void
}
