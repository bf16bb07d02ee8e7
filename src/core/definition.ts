/** What a job is: its contract (name, input, output, options) and, where it runs, its handler. */
import type { Failure } from './failure.js'
import type { HandlerOutcome } from './outcome.js'
import type { RetryPolicy } from './retry.js'
import type { Schema } from './schema.js'

/**
 * A job's definition, as `defineJob` made it. `In` is what enqueue takes, `Parsed` what the handler gets, `Returned` what it returns, and
 * `Result` what is kept of that: with an output schema what the schema makes of it. The type parameters live in `types`, which holds
 * nothing at run time.
 */
export interface JobDefinition<In = any, Parsed = any, Result = any, Returned = any> {
  readonly name: string
  readonly input: Schema | undefined
  readonly output: Schema | undefined
  readonly queue: string
  readonly priority: number
  readonly retry: RetryPolicy
  readonly timeoutMs: number | undefined
  readonly description: string | undefined
  readonly middleware: readonly Middleware[]
  readonly isolation: 'none' | 'thread'
  /** For isolation 'thread': the URL of the module whose exports hold this job. */
  readonly module: string | undefined
  readonly onDead: DeadHook | undefined
  readonly run: Handler<Parsed, Returned> | undefined
  readonly types?: { readonly in: In; readonly parsed: Parsed; readonly result: Result; readonly returned: Returned }
}

export type Handler<Parsed, Result> = (
  input: Parsed,
  ctx: JobContext,
) => Result | HandlerOutcome | Promise<Result | HandlerOutcome> | Promise<Result> | Promise<HandlerOutcome>

/** Around every attempt: call `next` to go on; what it returns (or throws) is the handler's. */
export type Middleware = (ctx: JobContext, next: () => Promise<unknown>) => unknown

/**
 * Called in the process that wrote a job's death, once that is durable. Not guaranteed: a process that dies after the write and before the
 * call does not call it, and no other does. The job stays dead in the store, to be found by its state.
 */
export type DeadHook = (job: JobInfo, failure: Failure) => void | Promise<void>

declare const resultOf: unique symbol

/** A job's id. TypeScript remembers with it what the job's handler returns, for `jobs.wait`; at run time it is a plain string. */
export type JobId<Result = unknown> = string & { readonly [resultOf]?: Result }

/** The job as its handler sees it. */
export interface JobInfo {
  readonly id: string
  readonly name: string
  readonly queue: string
  readonly priority: number
  /** 1 for the first attempt. */
  readonly attempt: number
  readonly maxAttempts: number
  readonly tags: readonly string[]
  readonly reference: Readonly<Record<string, string>>
  /** Shared by everything that one piece of work enqueued; the id of the first job. */
  readonly correlationId: string
}

/** What a handler can do beside its work. */
export interface JobContext {
  readonly job: JobInfo
  /** Aborted on timeout, cancel, lost lease and stop; `signal.reason` is a WorksongError that says which. */
  readonly signal: AbortSignal
  /** Goes to the app's logger and to the job's own log (capped). Bound to the job. */
  readonly log: JobLog
  /** Report progress: `done` of `total`, with words. Kept: the last one. */
  progress(done: number, total?: number, text?: string): Promise<void>
}

export interface JobLog {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** A logger of the app's own: pino has this shape. */
export interface Logger {
  debug(fields: object, message?: string): void
  info(fields: object, message?: string): void
  warn(fields: object, message?: string): void
  error(fields: object, message?: string): void
}
