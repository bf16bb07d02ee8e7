/** The front door: re-exports only. */
export { type WorkerOptions, Worksong, type WorksongOptions } from './app/index.js'
export {
  defineJob,
  type Enqueued,
  type EnqueuedMany,
  type EnqueueManyOptions,
  type EnqueueOptions,
  type EntryOutcome,
  implement,
  type JobOptions,
} from './client/index.js'
export {
  type Backoff,
  cancel,
  type Duration,
  discard,
  type ErrorCode,
  exponential,
  type Failure,
  fixed,
  isWorksongError,
  type JobContext,
  type JobDefinition,
  type JobId,
  type JobInfo,
  type JobState,
  type Logger,
  linear,
  type Middleware,
  newId,
  type Priority,
  type RetryOption,
  retryAfter,
  snooze,
  typed,
  WorksongError,
} from './core/index.js'
export type { Engine } from './engine/index.js'
export type { JobRow, JobView, QueueView } from './operations/index.js'
export type { StopOptions, Worker } from './worker/index.js'
