/** The plain records that pass between the rooms and an engine. Times are Unix milliseconds by the store's clock. */
import type { End, JobState } from '../core/index.js'

export type * from './results.js'

/** What few jobs have. Stored beside the hot columns; every field may be absent. */
export interface JobExtras {
  readonly tags?: readonly string[]
  /** Business references by key, indexed for search: `{ invoice: '00262316' }`. */
  readonly reference?: Readonly<Record<string, string>>
  readonly correlationId?: string
  /** W3C traceparent of the enqueuer. */
  readonly trace?: string
  readonly description?: string
  /** The job during whose run this one was enqueued. */
  readonly parentId?: string
  /** Per-enqueue overrides of the definition, as the client room wrote them (JSON-safe). */
  readonly overrides?: JobOverrides
}

export interface JobOverrides {
  readonly retry?: unknown
  readonly timeoutMs?: number
}

/** A job to be stored. `payload` is JSON text, checked and sized by the client room; an empty text where no input was given. */
export interface NewJob {
  readonly id: string
  readonly queue: string
  readonly kind: string
  readonly priority: number
  readonly maxAttempts: number
  readonly payload: string
  /** Run no earlier than this moment (absolute), or this long after the store's clock now; at most one of the two. Absent or past: now. */
  readonly runAt?: number
  readonly delayMs?: number
  readonly extras?: JobExtras
}

/** `inserted`, or `exists`: a job with that id was already there; nothing was changed. */
export type InsertResult = 'inserted' | 'exists'

/** One claim of one job: what a worker needs to run it, and the token for every later write. */
export interface ClaimedJob {
  readonly id: string
  /** The claim number: 1 for the first claim of a job, always rising. (lease, id, claim) is the fencing token. */
  readonly claim: number
  /** Attempts used before this one. */
  readonly used: number
  readonly queue: string
  readonly kind: string
  readonly priority: number
  readonly maxAttempts: number
  /** JSON text, to be parsed when the handler asks. */
  readonly payload: string
  readonly extras: JobExtras | undefined
  /** The store's place of the job in the order of its enqueueing; engines find the job by it. Opaque. */
  readonly entry: number
}

export interface Claimed {
  readonly lease: string
  readonly jobs: readonly ClaimedJob[]
  /** True when there was more that may run than was taken: because of the limit, or because others held it locked. */
  readonly more: boolean
}

export interface ClaimRequest {
  /** Random (newToken), made by the caller. */
  readonly lease: string
  /** Lanes in the order to be served, each with the most to take from it. Lanes of paused queues give nothing. */
  readonly lanes: readonly LaneLimit[]
  /** The most to take in all. */
  readonly limit: number
  /** How many of the claimed jobs the worker starts at once, in order; the others are prefetched. */
  readonly starting: number
  /** True when the jobs will run with nothing beside them: a crash is then theirs. */
  readonly alone?: boolean
  /** An earlier try with this lease may have been carried out (its answer was lost): if the lease exists, answer the jobs it holds. */
  readonly replay?: boolean
  /**
   * Take just these jobs, whatever lane they wait in or whenever they are due, and none of `lanes` (which is empty then). Those that do not
   * wait in a lane or for a moment are left out of the answer. Pauses do not hold them.
   */
  readonly only?: readonly string[]
}

export interface LaneLimit {
  readonly lane: string
  readonly limit: number
}

/** The end of one claim, to be written if the lease still holds. */
export interface ClaimEnd {
  readonly lease: string
  readonly id: string
  readonly claim: number
  readonly entry: number
  readonly queue: string
  /** 'lost-*' ends are written by rescue only. */
  readonly end: Exclude<End, 'lost-waiting' | 'lost-running' | 'lost-alone'>
  /** Attempts used, this one included where it counts. */
  readonly used: number
  /** Run time in ms; null when it never started. */
  readonly ranMs: number | null
  /** JSON text: the result of a success, else the failure or reason; null for none. */
  readonly body: string | null
  /** For `retrying` and `snoozed`: run again after this long by the store's clock (0: now). */
  readonly delayMs?: number
  /** For `returned`: the lane to return to, when not the queue's own. */
  readonly lane?: string
}

export interface FinishRequest {
  readonly worker: string
  readonly ends: readonly ClaimEnd[]
  /** Leases none of whose jobs are left with the worker after `ends`: deleted, unless a job of theirs has no end. Others stay open. */
  readonly closing: readonly string[]
  /** Leases that stay open, with how many of their jobs (in claimed order) have been started so far. `shared`: no longer alone. */
  readonly started?: readonly { readonly lease: string; readonly count: number; readonly shared?: true }[]
}

export interface FinishResult {
  /** Indexes into `ends` of those refused: the lease is gone, or this claim has another end already. All others were accepted. */
  readonly refused: readonly number[]
  /** Indexes of those accepted as `cancelled` instead of what was reported, because a cancel had been asked for meanwhile. */
  readonly cancelled: readonly number[]
  /** Leases of `started` that are not this worker's any more: their jobs may run elsewhere by now. Absent when there are none. */
  readonly lost?: readonly string[]
}

/** A fenced write about running jobs. */
export interface Token {
  readonly lease: string
  readonly id: string
  readonly claim: number
  readonly entry: number
}

export interface ProgressWrite extends Token {
  /** JSON text: { done, total, text }. */
  readonly body: string
}

export interface LogWrite extends Token {
  readonly level: string
  readonly line: string
  readonly at: number
}

export interface WorkerInfo {
  readonly id: string
  readonly name: string
  readonly host: string
  readonly pid: number
  readonly version: string
  readonly queues: readonly string[]
  readonly kinds: readonly string[]
  readonly labels: readonly string[]
  readonly concurrency: number
  readonly leaseMs: number
}

export interface WorkerRecord extends WorkerInfo {
  readonly startedAt: number
  /** Raised by every beat. */
  readonly beat: number
  readonly beatAt: number
  /** Since then, by the store's clock; below 0 when that was set back meanwhile. */
  readonly silentMs: number
  /** `lost`: declared dead by another; `stopped`: went by itself. */
  readonly state: 'live' | 'lost' | 'stopped'
  /** Jobs that it holds, claimed or running. */
  readonly holding: number
  readonly wish: WorkerWish | null
}

export interface Signal {
  readonly id: string
  readonly kind: 'cancel'
  readonly reason: string | null
}

/** What an operator wants of a worker: take no more jobs (`quiet`), or finish what it has and go (`stop`). */
export type WorkerWish = 'quiet' | 'stop'

/** The one poll of a worker. */
export interface Pulse {
  /** The operator's last wish; null for none, or when it was taken back. */
  readonly wish: WorkerWish | null
  /** False when the worker has been declared dead (or was never registered): it must let go of everything. */
  readonly known: boolean
  readonly signals: readonly Signal[]
  /** Non-empty lanes of the asked queues that are not paused. */
  readonly lanes: readonly string[]
  /** ms until the next scheduled job of any queue is due (0: overdue), or null when none is scheduled. */
  readonly nextDueMs: number | null
  /** The store's clock. */
  readonly now: number
}

/** How one claim ended, as kept in a job's history. */
export interface AttemptRecord {
  readonly claim: number
  readonly end: End
  readonly used: number
  readonly at: number
  readonly worker: string | null
  readonly ranMs: number | null
  /** Result or failure, JSON text. */
  readonly body: string | null
}

/** A job without its payload, as lists show it. */
export interface JobSummary {
  readonly id: string
  readonly kind: string
  readonly queue: string
  readonly priority: number
  readonly state: JobState
  /** Attempts used or under way. */
  readonly attempt: number
  readonly maxAttempts: number
  readonly createdAt: number
  /** For scheduled jobs, when they are due. */
  readonly runAt: number | null
  /** For ended jobs, when. */
  readonly endedAt: number | null
  /** For running jobs: whose they are. */
  readonly worker: string | null
}

export interface JobRecord extends JobSummary {
  readonly payload: string
  readonly extras: JobExtras | undefined
  /** Why a blocked job waits. */
  readonly blockedBy: string | null
  /** A cancel was asked for and the handler has not settled yet. */
  readonly cancelRequested: boolean
  readonly attempts: readonly AttemptRecord[]
  /** JSON text. */
  readonly progress: string | null
}

export interface LogLine {
  readonly seq: number
  readonly claim: number
  readonly at: number
  readonly level: string
  readonly line: string
}

/** Where a job stands, for those who wait for it. */
export interface Settled {
  readonly id: string
  readonly state: 'succeeded' | 'dead' | 'cancelled'
  readonly body: string | null
}

export interface QueueRecord {
  readonly name: string
  readonly paused: { readonly at: number; readonly by: string | null; readonly reason: string | null } | null
  readonly counts: Readonly<Record<JobState, number>>
  /** When the oldest job that may run now was enqueued. */
  readonly oldestAt: number | null
}

export interface JobFilter {
  readonly state?: JobState
  readonly queue?: string
  readonly kind?: string
  /**
   * In the message of the job's last failure or reason, in whatever case (of A to Z everywhere; of other letters as the store knows them),
   * each sign standing for itself. 1 to 500 characters. Only with `state` dead or cancelled.
   */
  readonly error?: string
  /** Ended jobs by when they ended, others by when they were enqueued: at or after, and before, this moment. */
  readonly since?: number
  readonly until?: number
}

export interface JobPage {
  readonly jobs: readonly JobSummary[]
  /** Give it back as `after` for the next page; null at the end. */
  readonly next: string | null
  /** How many jobs were looked at for it, or the least of it. */
  readonly looked: number
}
