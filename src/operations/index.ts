/** One operator verb per file, with its input, its right and its words. */
import { backoff } from './backoff.js'
import { deadDelete } from './dead-delete.js'
import { deadList } from './dead-list.js'
import { deadRedrive } from './dead-redrive.js'
import { deadShow } from './dead-show.js'
import { doctor } from './doctor.js'
import { enqueue } from './enqueue.js'
import { jobsCancel } from './jobs-cancel.js'
import { jobsDelete } from './jobs-delete.js'
import { jobsList } from './jobs-list.js'
import { jobsLogs } from './jobs-logs.js'
import { jobsRetry } from './jobs-retry.js'
import { jobsRun, jobsRunHere } from './jobs-run.js'
import { jobsShow } from './jobs-show.js'
import { load } from './load.js'
import { migrate } from './migrate.js'
import type { Operation } from './operation.js'
import { queuesList } from './queues-list.js'
import { queuesPause, queuesResume } from './queues-pause.js'
import { queuesPurge } from './queues-purge.js'
import { run } from './run.js'
import { workersList } from './workers-list.js'
import { workersStop } from './workers-stop.js'
import { workersQuiet, workersResume } from './workers-wish.js'

export type { BackoffRow } from './backoff.js'
export { type Bulk, number, type One } from './bulk.js'
export type { DeadListResult, DeadRow } from './dead-list.js'
export type { RedriveResult } from './dead-redrive.js'
export { type DoctorResult, doctorResult } from './doctor.js'
export type { JobAttempt, JobRow, JobView } from './job-view.js'
export type { JobsListInput, JobsListResult } from './jobs-list.js'
export type { JobDetails } from './jobs-show.js'
export type { PageInput } from './list-page.js'
export type { JobLogLine } from './log-view.js'
export { type Depth, type Field, isDestructive, type Operation, type Plan } from './operation.js'
export { parseInput } from './parse-input.js'
export { planText } from './plan.js'
export type { QueueView } from './queues-list.js'
export { runJob } from './run.js'
export { type Ran, type RunReport, resultOfRun } from './run-report.js'
export { filterFields, type JobsFilter } from './selection.js'
export type { Hooks, Progress, Tools } from './tools.js'
export type { WorkerView } from './workers-list.js'
export type { Wished } from './workers-wish.js'
export {
  backoff,
  deadDelete,
  deadList,
  deadRedrive,
  deadShow,
  doctor,
  enqueue,
  jobsCancel,
  jobsDelete,
  jobsList,
  jobsLogs,
  jobsRetry,
  jobsRun,
  jobsRunHere,
  jobsShow,
  load,
  migrate,
  queuesList,
  queuesPause,
  queuesPurge,
  queuesResume,
  run,
  workersList,
  workersQuiet,
  workersResume,
  workersStop,
}

export const operations: readonly Operation[] = [
  enqueue,
  run,
  load,
  backoff,
  jobsShow,
  jobsLogs,
  jobsList,
  jobsCancel,
  jobsRetry,
  jobsDelete,
  jobsRun,
  deadList,
  deadShow,
  deadRedrive,
  deadDelete,
  queuesList,
  queuesPause,
  queuesResume,
  queuesPurge,
  workersList,
  workersQuiet,
  workersResume,
  workersStop,
  migrate,
  doctor,
]
