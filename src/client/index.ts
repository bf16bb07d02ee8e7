/** Put a job in: define, enqueue, enqueueMany, group commit, the caller's transaction. */
export { defineJob, implement, isJob, type JobOptions } from './define.js'
export { type EnqueuedMany, prepareMany } from './enqueue-many.js'
export { type Enqueued, Enqueuer, type EnqueuerOptions } from './enqueuer.js'
export { type EnqueueContext, type EnqueueOptions, prepare } from './entry.js'
export type { EnqueueManyOptions, EntryOutcome } from './many-options.js'
