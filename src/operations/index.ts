/** One operator verb per file, with its input, its right and its words. */
import { enqueue } from './enqueue.js'
import { jobsCancel } from './jobs-cancel.js'
import { jobsList } from './jobs-list.js'
import { jobsLogs } from './jobs-logs.js'
import { jobsRetry } from './jobs-retry.js'
import { jobsShow } from './jobs-show.js'
import { migrate } from './migrate.js'
import type { Operation } from './operation.js'
import { queuesList } from './queues-list.js'
import { queuesPause, queuesResume } from './queues-pause.js'
import { workersList } from './workers-list.js'

export type { JobAttempt, JobRow, JobView } from './job-view.js'
export type { JobsListInput, JobsListResult } from './jobs-list.js'
export type { JobLogLine } from './log-view.js'
export { type Field, type Operation, parseInput, type Tools } from './operation.js'
export type { QueueView } from './queues-list.js'
export type { WorkerView } from './workers-list.js'
export { enqueue, jobsCancel, jobsList, jobsLogs, jobsRetry, jobsShow, migrate, queuesList, queuesPause, queuesResume, workersList }

export const operations: readonly Operation[] = [
  enqueue,
  jobsShow,
  jobsLogs,
  jobsList,
  jobsCancel,
  jobsRetry,
  queuesList,
  queuesPause,
  queuesResume,
  workersList,
  migrate,
]
