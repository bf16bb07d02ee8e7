/**
 * What a store must be able to do. Two engines sign it, one conformance suite proves them equal (src/testing/conformance).
 * Every method is one transaction, takes one params object, and throws WorksongError only: `retryable` where trying again may help,
 * `unknownOutcome` where the store may have done it. All times are by the store's clock; delays are relative to it.
 */
import type { JobState } from '../core/index.js'
import type {
  CancelResult,
  Check,
  Claimed,
  ClaimRequest,
  DeleteResult,
  FinishRequest,
  FinishResult,
  InsertResult,
  JobFilter,
  JobPage,
  JobRecord,
  LogLine,
  LogWrite,
  NewJob,
  ProgressWrite,
  Pulse,
  QueueRecord,
  Rescue,
  RetryResult,
  SchemaStatus,
  Settled,
  WorkerInfo,
  WorkerRecord,
  WorkerWish,
} from './records.js'

/** What an engine can do that another cannot. Rooms ask for these, never for the engine's name. */
export interface Capabilities {
  /** Several processes may share the store. */
  readonly shared: boolean
  /** Chunks of a bulk insert that are worth having under way at once. */
  readonly parallelInserts: number
  /** Entries per statement of a bulk insert. */
  readonly insertChunk: number
  /** Ids per call of those who act on many jobs: as many as can be acted on without others having to wait for long. */
  readonly actChunk: number
  /** Claim loops that are worth running side by side in one process. */
  readonly lanes: number
  /** Other processes' signals arrive by themselves (else the poll finds them). */
  readonly notifies: boolean
}

/** Where a heartbeat thread finds its engine: a module that exports `openBeat(config)`, and a structured-cloneable config. */
export interface BeatSource {
  readonly module: string
  readonly config: unknown
}

export interface BeatConnection {
  /** Raise the worker's counter. False when the worker is not live any more. */
  beat(worker: string): Promise<boolean>
  close(): Promise<void>
}

/**
 * `wake`: there may be work in these queues, or in these lanes beside a queue's own. `signal`: a message for a running job. `down`, `up`:
 * the listening connection.
 */
export type Hint =
  | { readonly type: 'wake'; readonly queues: readonly string[] }
  | { readonly type: 'signal' }
  | { readonly type: 'down'; readonly error: Error }
  | { readonly type: 'up' }

export interface Engine {
  /** For words only: 'sqlite', 'postgres'. */
  readonly name: string
  /** Where the store is, without secrets. */
  readonly place: string
  readonly capabilities: Capabilities

  /**
   * Connect and check that the store can be used at all. Does not create a schema. `ifMissing` is for a store that opening would make (a
   * file): 'refuse' throws WS_STORE_NO_DATABASE, 'defer' leaves it to `migrate`, and until then only `schemaStatus` answers.
   */
  open(p?: { ifMissing?: 'create' | 'refuse' | 'defer' }): Promise<void>
  /** Let go of everything. Safe to call twice, and after a failed open. */
  close(): Promise<void>

  schemaStatus(): Promise<SchemaStatus>
  /** Apply pending migrations, each in a transaction; two migrators at once are safe. Returns the names applied. */
  migrate(): Promise<readonly string[]>

  /**
   * Store jobs, all or none; one result per job, in order. A replay (same id) changes nothing and answers `exists`. Announces their
   * queues once they are stored (hintsOf).
   * With `tx`, inside the caller's transaction: the jobs exist iff it commits. A store without notifications leaves these to the poll.
   */
  insertJobs(p: { jobs: readonly NewJob[]; tx?: unknown }): Promise<readonly InsertResult[]>
  /** Tell everyone that there may be work in these queues or lanes. A hint: throttled, never throws. */
  announce(queues: readonly string[]): void

  /**
   * Take jobs that may run now, in order of priority and then of enqueueing, under a new lease. Losing an unanswered claim only delays
   * its jobs.
   */
  claim(p: ClaimRequest & { worker: string }): Promise<Claimed>
  /** Write the ends of claims, each only if its lease still holds and that claim has no end yet. */
  finishIfOwned(p: FinishRequest): Promise<FinishResult>
  /** `finishIfOwned` and then `claim` in one transaction. */
  finishThenClaim(p: FinishRequest & { claim: ClaimRequest }): Promise<FinishResult & { claimed: Claimed }>
  /**
   * Write progress (the last one stays) and append log lines (the first `maxLines` of a job stay). Returns the ids whose claim was
   * refused.
   */
  recordIfOwned(p: { progress: readonly ProgressWrite[]; logs: readonly LogWrite[]; maxLines: number }): Promise<readonly string[]>

  registerWorker(p: WorkerInfo): Promise<void>
  /** Raise the worker's counter. False when it is not live any more. */
  beat(p: { worker: string }): Promise<boolean>
  /** For a thread that beats while the main thread is blocked; null when the store cannot be opened twice. */
  beatSource(): Promise<BeatSource | null>
  pulse(p: { worker: string; queues: readonly string[] }): Promise<Pulse>
  /** The worker went by itself. What it still holds is rescued like a lost worker's. */
  retireWorker(p: { worker: string }): Promise<void>
  listWorkers(): Promise<readonly WorkerRecord[]>
  /** Say what an operator wants of a live worker (its pulse tells it); null takes the wish back. False when no such worker is live. */
  wishWorker(p: { worker: string; wish: WorkerWish | null }): Promise<boolean>
  /**
   * How long all who look together have seen the worker's counter stand at `beat`, in ms by the store's clock. A look that comes later than
   * `maxGapMs` after the one before begins anew, as does one after a step of the clock: who was not watched was not silent. 0 when it
   * does not stand there, or no such worker is live.
   */
  watchWorker(p: { worker: string; beat: number; maxGapMs: number }): Promise<number>
  /** Declare a worker lost, if its counter still stands at `beat`. False when it does not. */
  loseWorkerIfSilent(p: { worker: string; beat: number }): Promise<boolean>
  /** Give back jobs of lost and stopped workers, at most about `limit` of them. */
  rescueJobs(p: { limit: number; maxCrashes: number }): Promise<Rescue>

  /** Move scheduled jobs that are due (or will be within `aheadMs`) to where they may run. */
  promoteDue(p: { limit: number; aheadMs?: number }): Promise<{ promoted: number; lanes: readonly string[]; nextDueMs: number | null }>
  /**
   * Delete jobs that ended longer ago than their state's age, in steps of about `limit`, walking on from `after`; and workers gone for a
   * day.
   */
  pruneJobs(p: {
    succeededMs: number | null
    cancelledMs: number | null
    deadMs: number | null
    limit: number
    after?: string
  }): Promise<{ pruned: number; next: string | null }>
  /** A chore that one process at a time should do, at most every `everyMs`: true for the one whose turn it is. */
  takeChore(p: { name: string; everyMs: number }): Promise<boolean>

  /**
   * End waiting jobs; ask for the end of running ones. With `states`, only of those that are in one of them. One result per id, in order:
   * an id that is named twice has one result.
   */
  cancelJobs(p: { ids: readonly string[]; reason: string | null; states?: readonly JobState[] }): Promise<readonly CancelResult[]>
  /**
   * Let ended jobs run again with all their attempts, and scheduled ones at once. With `states`, only those that are in one of them. One
   * result per id, in order: an id that is named twice has one result.
   */
  retryJobs(p: { ids: readonly string[]; states?: readonly JobState[] }): Promise<readonly RetryResult[]>
  /**
   * Delete jobs and all that is kept beside them, if they are in one of `states` (absent: in any) and no worker holds them. One result per
   * id, in order. Counts follow, and late reports about them are refused; the ids are free again.
   */
  deleteJobs(p: { ids: readonly string[]; states?: readonly JobState[] }): Promise<readonly DeleteResult[]>

  getJob(p: { id: string }): Promise<JobRecord | null>
  /**
   * Never loads payloads. Newest first, as far as the ids tell: those that newId() made are by time, those of the callers' own making stand
   * in some one order that pages keep to. Queued ones in the order in which they will run. `after` is the last page's `next`, for the same
   * filter; anything else is refused (WS_INVALID_OPTION). A call looks at a bounded number of jobs: a page may be short, even empty, with
   * a `next`, when that many beside each other do not pass the filter; `looked` says how many.
   */
  listJobs(p: { filter: JobFilter; limit: number; after?: string }): Promise<JobPage>
  readLogs(p: { id: string; after: number; limit: number }): Promise<readonly LogLine[]>
  /** Those of the ids that have ended. */
  settledJobs(p: { ids: readonly string[] }): Promise<readonly Settled[]>
  listQueues(): Promise<readonly QueueRecord[]>
  pauseQueue(p: { queue: string; by: string | null; reason: string | null }): Promise<void>
  resumeQueue(p: { queue: string }): Promise<void>

  /**
   * Look whether the store can be worked with: reach, rights, schema, clock, version, disk and what the engine knows of itself. Never
   * throws and needs no open engine: what cannot be reached is a failed check, and what needs it is `unknown`.
   */
  diagnose(): Promise<readonly Check[]>

  /** Hints from this and other processes, until the returned function is called. Hints may be lost: the poll is the truth. */
  listen(onHint: (hint: Hint) => void): Promise<() => Promise<void>>
}
