/** From a definition, an input and options to a job as the store takes it. Everything is checked here, before anything is stored. */
import {
  checkKeys,
  checkName,
  checkObject,
  type Duration,
  encodeJson,
  isId,
  isPromise,
  type JobDefinition,
  newId,
  optionalText,
  type Priority,
  parseDuration,
  parsePriority,
  parseRetry,
  parseWith,
  type RetryOption,
  type RetryPolicy,
  retryOption,
  show,
  WorksongError,
} from '../core/index.js'
import type { JobExtras, NewJob } from '../engine/index.js'
import { isJob } from './define.js'

/** A client or handle of whatever library, on which a transaction was begun. Not a pool, which has none: its `totalCount` tells. */
export type CallersTransaction = object & { readonly totalCount?: never }

export interface EnqueueOptions {
  /** Run this long from now, by the store's clock. Not with `at`. */
  delay?: Duration
  /** Run no earlier than this moment; a moment that has passed means now. */
  at?: Date | number
  queue?: string
  priority?: Priority
  retry?: RetryOption
  timeout?: Duration
  /** Business references, searchable: `{ invoice: '00262316' }`. */
  reference?: Record<string, string>
  tags?: readonly string[]
  description?: string
  correlationId?: string
  /** A UUID of the caller's: enqueueing it again changes nothing and answers `duplicate`. */
  id?: string
  /** The caller's own transaction (a pg client; a SQLite handle): the job exists iff it commits. */
  tx?: CallersTransaction
}

/** What the surroundings of an enqueue give to the job: set when it happens inside another job's run. */
export interface EnqueueContext {
  readonly parentId?: string
  readonly correlationId?: string
  readonly trace?: string
}

export interface EntryLimits {
  readonly maxPayloadBytes: number
}

const KEYS = ['delay', 'at', 'queue', 'priority', 'retry', 'timeout', 'reference', 'tags', 'description', 'correlationId', 'id', 'tx']
const NONE: EnqueueOptions = Object.freeze({})

/** Midnight, 1 January of the year 1: further back Postgres and JavaScript count differently. The end is that of JavaScript's dates. */
const FIRST_MOMENT = -62_135_596_800_000
const LAST_MOMENT = 8.64e15

/** One job, checked and encoded, on its way to the store. */
export interface Prepared {
  readonly job: NewJob
  readonly givenId: boolean
  readonly tx: unknown
}

export interface PrepareOptions extends EntryLimits {
  /** What the running job (if any) hands on to those it enqueues. */
  readonly context: () => EnqueueContext | undefined
}

/**
 * All that an enqueue takes from its caller, taken now: he may change his objects and use them again at once. A promise only when the
 * schema is asynchronous. Needs no store.
 * @throws WorksongError naming what is wrong
 */
export function prepare(
  job: JobDefinition,
  input: unknown,
  options: EnqueueOptions | undefined,
  { maxPayloadBytes, context }: PrepareOptions,
): Prepared | Promise<Prepared> {
  checkJob(job)
  const build = optionsOf(job, options, context())
  const make = (): Prepared => ({ job: build(input, { maxPayloadBytes }), givenId: options?.id !== undefined, tx: options?.tx })
  const checked = parseWith(job.input, input, 'WS_INVALID_INPUT', `input of ${job.name}`)
  if (!isPromise(checked)) return make()
  try {
    const made = make()
    return checked.then(() => made)
  } catch (error) {
    // What the schema says comes first, as it does with one that answers at once.
    return checked.then(() => Promise.reject(error))
  }
}

/** @throws WorksongError `WS_INVALID_OPTION` */
export function checkJob(job: JobDefinition): void {
  if (isJob(job)) return
  throw new WorksongError('WS_INVALID_OPTION', 'The first argument is not a job definition', {
    fix: 'Make it with defineJob().',
    field: 'job',
  })
}

/**
 * Check the options once, and give the function that builds jobs with them: for many entries with the same options.
 * @throws WorksongError `WS_INVALID_OPTION`, `WS_INVALID_NAME`, `WS_INVALID_DURATION`
 */
export function optionsOf(
  job: JobDefinition,
  options: EnqueueOptions = NONE,
  context?: EnqueueContext,
): (input: unknown, limits: EntryLimits) => NewJob {
  if (options !== NONE) checkKeys(options, KEYS, 'enqueue options')
  const given = options.id === undefined ? undefined : checkId(options.id)
  const retry = options.retry === undefined ? undefined : parseRetry(options.retry)
  const shared = {
    queue: options.queue === undefined ? job.queue : checkName(options.queue, 'queue'),
    kind: job.name,
    priority: options.priority === undefined ? job.priority : parsePriority(options.priority),
    maxAttempts: retry === undefined ? job.retry.attempts : retry.attempts,
    ...whenOf(options),
    ...extrasOf(options, retry, context),
  }
  return (input, limits) => ({
    id: given ?? newId(),
    // No input is an empty text, which no JSON is: it comes back as undefined, and null as null.
    payload: input === undefined ? '' : encodeJson(input, 'input', limits.maxPayloadBytes),
    ...shared,
  })
}

function whenOf(options: EnqueueOptions): { runAt?: number; delayMs?: number } {
  if (options.delay !== undefined && options.at !== undefined) {
    throw new WorksongError('WS_INVALID_OPTION', 'Both delay and at are given', { fix: 'Give one of them.', field: 'at' })
  }
  if (options.delay !== undefined) return { delayMs: parseDuration(options.delay, 'delay') }
  if (options.at === undefined) return {}
  const at = options.at instanceof Date ? options.at.getTime() : options.at
  if (typeof at === 'number' && at >= FIRST_MOMENT && at <= LAST_MOMENT) return { runAt: Math.round(at) }
  throw new WorksongError('WS_INVALID_OPTION', `at is not a moment: ${show(options.at)}`, {
    fix: 'Give a valid Date or Unix milliseconds, from the year 1 to 275760.',
    field: 'at',
  })
}

function extrasOf(options: EnqueueOptions, retry: RetryPolicy | undefined, context: EnqueueContext | undefined): { extras?: JobExtras } {
  if (options === NONE && context === undefined) return {}
  const description = optionalText(options.description, 'description', 1000)
  const correlationId = optionalText(options.correlationId, 'correlationId', 200) ?? context?.correlationId
  const overrides = {
    ...(retry === undefined ? {} : { retry: retryOption(retry) }),
    ...(options.timeout === undefined ? {} : { timeoutMs: parseDuration(options.timeout, 'timeout') }),
  }
  const extras: JobExtras = {
    ...(options.tags === undefined ? {} : { tags: checkTags(options.tags) }),
    ...(options.reference === undefined ? {} : { reference: checkReference(options.reference) }),
    ...(description === undefined ? {} : { description }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(context?.parentId === undefined ? {} : { parentId: context.parentId }),
    ...(context?.trace === undefined ? {} : { trace: context.trace }),
    ...(Object.keys(overrides).length === 0 ? {} : { overrides }),
  }
  return Object.keys(extras).length === 0 ? {} : { extras }
}

function checkTags(tags: readonly string[]): readonly string[] {
  if (!Array.isArray(tags) || tags.length > 50) {
    throw new WorksongError('WS_INVALID_OPTION', 'tags is not a list of at most 50 texts', { field: 'tags' })
  }
  // Array.from, which passes over no hole.
  return Array.from(tags, (tag, index) => optionalText(tag ?? null, `tags[${index}]`, 200) as string)
}

function checkReference(reference: Record<string, string>): Record<string, string> {
  checkObject(reference, 'reference')
  if (Object.keys(reference).length > 20) {
    throw new WorksongError('WS_INVALID_OPTION', 'reference is not an object of at most 20 texts', { field: 'reference' })
  }
  const copy: Record<string, string> = Object.create(null)
  for (const key of Object.keys(reference)) {
    copy[checkName(key, 'reference key')] = optionalText(reference[key] ?? null, `reference.${key}`, 500) as string
  }
  return copy
}

/** @throws WorksongError `WS_INVALID_OPTION` */
export function checkId(id: unknown): string {
  if (isId(id)) return id
  throw new WorksongError('WS_INVALID_OPTION', `id is not a UUID in lower case: ${show(id)}`, {
    fix: 'Use newId() or crypto.randomUUID(); for a key of your own, derive a UUID from it.',
    field: 'id',
  })
}
