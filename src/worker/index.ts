/** Take a job out and run it. */
export type { Attempt } from './attempt.js'
export { jobInfo } from './context.js'
export type { QueuesOption } from './queue-plan.js'
export { refuseWhileLoading } from './thread-guard.js'
export { ThreadPool } from './thread-pool.js'
export { type StopOptions, Worker, type WorkerSettings } from './worker.js'
