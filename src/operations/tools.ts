/** What an operation may touch: the store, the app's jobs, handlers in this process, and who is watching. */
import type { EnqueuedMany, EnqueueManyOptions, EnqueueOptions } from '../client/index.js'
import type { JobDefinition } from '../core/index.js'
import type { Check, ClaimEnd, Engine } from '../engine/index.js'
import type { HereRun, QueuesOption, Watch, Worker } from '../worker/index.js'

/** How far long work is. */
export interface Progress {
  readonly done: number
  readonly total?: number
  /** What is being done: 'deleted', 'enqueued'. */
  readonly words: string
}

/** Those who watch while it happens. */
export interface Hooks {
  /** Aborts when no more is wanted: what is done stays done, the rest is left. */
  readonly signal?: AbortSignal | undefined
  readonly progress?: ((progress: Progress) => void) | undefined
  /** What a handler says that runs in this process; absent: the app's logger is told. */
  readonly watch?: Watch | undefined
}

/** A worker of this process, for an operation's own ends. It starts no maintenance. */
export interface WorkerWish {
  readonly name: string
  readonly jobs: readonly JobDefinition[]
  readonly queues: QueuesOption
  readonly concurrency: number
  /** Claim just these jobs. */
  readonly only?: readonly string[]
  /** How many of `only` could be claimed. */
  onClaimed?(count: number): void
  /** An end is durable. `error`: what the handler threw. */
  onEnd?(end: ClaimEnd, error: unknown): void
}

export interface Tools extends Hooks {
  readonly engine: Engine
  readonly jobs: ReadonlyMap<string, JobDefinition>
  readonly config: { readonly leaseMs: number; readonly sweepMs: number; readonly maxBlockedMs: number }
  enqueue(job: JobDefinition, input: unknown, options: EnqueueOptions): Promise<{ id: string; status: string }>
  enqueueMany(job: JobDefinition, inputs: Iterable<unknown>, options: EnqueueManyOptions<unknown>): Promise<EnqueuedMany>
  worker(wish: WorkerWish): Worker
  /** One attempt of a job that is in no store; its input is checked as if it were enqueued. */
  runHere(job: JobDefinition, input: unknown): Promise<HereRun>
  /** Look whether the store can be worked with, also where it cannot be opened. */
  diagnose(): Promise<readonly Check[]>
}
