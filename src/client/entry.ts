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
  WorksongError,
} from '../core/index.js'
import type { JobExtras, NewJob } from '../engine/index.js'

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

/** Check and build one job. A promise only when the schema is asynchronous. */
export function makeEntry(
  job: JobDefinition,
  input: unknown,
  options: EnqueueOptions | undefined,
  context: EnqueueContext | undefined,
  limits: EntryLimits,
): NewJob | Promise<NewJob> {
  const build = optionsOf(job, options, context)
  const checked = parseWith(job.input, input, 'WS_INVALID_INPUT', `input of ${job.name}`)
  if (isPromise(checked)) return checked.then(() => build(input, limits))
  return build(input, limits)
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
  const shared = {
    queue: options.queue === undefined ? job.queue : checkName(options.queue, 'queue'),
    kind: job.name,
    priority: options.priority === undefined ? job.priority : parsePriority(options.priority),
    maxAttempts: options.retry === undefined ? job.retry.attempts : parseRetry(options.retry).attempts,
    ...whenOf(options),
    ...extrasOf(options, context),
  }
  return (input, limits) => ({
    id: given ?? newId(),
    payload: encodeJson(input ?? null, 'input', limits.maxPayloadBytes),
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
  if (typeof at === 'number' && Number.isFinite(at) && Math.abs(at) <= 8.64e15) return { runAt: Math.round(at) }
  throw new WorksongError('WS_INVALID_OPTION', `at is not a moment: ${String(options.at).slice(0, 40)}`, {
    fix: 'Give a valid Date or Unix milliseconds.',
    field: 'at',
  })
}

function extrasOf(options: EnqueueOptions, context: EnqueueContext | undefined): { extras?: JobExtras } {
  if (options === NONE && context === undefined) return {}
  const description = optionalText(options.description, 'description', 1000)
  const correlationId = optionalText(options.correlationId, 'correlationId', 200) ?? context?.correlationId
  const overrides = {
    ...(options.retry === undefined ? {} : { retry: options.retry }),
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
  return tags.map((tag, index) => optionalText(tag ?? null, `tags[${index}]`, 200) as string)
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
  throw new WorksongError('WS_INVALID_OPTION', `id is not a UUID in lower case: ${String(id).slice(0, 60)}`, {
    fix: 'Use newId() or crypto.randomUUID(); for a key of your own, derive a UUID from it.',
    field: 'id',
  })
}
