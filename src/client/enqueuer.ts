/** Puts jobs in: enqueue and enqueueMany over one engine. */
import { checkKeys, isPromise, type JobDefinition, type JobId, show, WorksongError } from '../core/index.js'
import type { Engine, InsertResult, NewJob } from '../engine/index.js'
import { isJob } from './define.js'
import { type EnqueuedMany, type EnqueueManyOptions, ManyEnqueue } from './enqueue-many.js'
import { type EnqueueContext, type EnqueueOptions, makeEntry } from './entry.js'
import { closedError, GroupCommit } from './group-commit.js'

/** `duplicate`: a job with that id was there already; `id` is the surviving job's. */
export interface Enqueued<Result = unknown> {
  readonly id: JobId<Result>
  readonly status: 'enqueued' | 'duplicate'
}

export interface EnqueuerOptions {
  readonly maxPayloadBytes: number
  /** How long to try again while the store is away, before the caller's promise rejects. */
  readonly patienceMs: number
  /** What the running job (if any) hands on to those it enqueues. */
  readonly context: () => EnqueueContext | undefined
}

export class Enqueuer {
  readonly #engine: Engine
  readonly #options: EnqueuerOptions
  readonly #group: GroupCommit
  readonly #walks = new Set<{ close(): Promise<void> }>()
  #closed = false

  constructor(engine: Engine, options: EnqueuerOptions) {
    this.#engine = engine
    this.#options = options
    this.#group = new GroupCommit(engine, options.patienceMs)
  }

  /** Store one job; resolves once it is durable. */
  async enqueue<Result>(job: JobDefinition, input: unknown, options?: EnqueueOptions): Promise<Enqueued<Result>> {
    checkJob(job)
    if (this.#closed) throw closedError()
    const made = makeEntry(job, input, options, this.#options.context(), this.#options)
    const entry = isPromise(made) ? await made : made
    const result = options?.tx === undefined ? await this.#group.add(entry) : await this.#inCallersTransaction(entry, options.tx)
    return { id: entry.id, status: result === 'inserted' ? 'enqueued' : 'duplicate' }
  }

  /** Store many jobs of one kind, from an array, an iterable or an async iterable. */
  async enqueueMany<In>(
    job: JobDefinition<In>,
    inputs: Iterable<In> | AsyncIterable<In>,
    options: EnqueueManyOptions<In> = {},
  ): Promise<EnqueuedMany> {
    checkJob(job)
    checkIterable(inputs)
    checkManyOptions(options)
    if (this.#closed) throw closedError()
    const { maxPayloadBytes, patienceMs } = this.#options
    const tools = { engine: this.#engine, limits: { maxPayloadBytes }, patienceMs, context: this.#options.context() }
    const walk = new ManyEnqueue<In>(tools, job, options)
    this.#walks.add(walk)
    try {
      return await walk.run(inputs)
    } finally {
      this.#walks.delete(walk)
    }
  }

  /** Refuse from now on, and wait for what is under way. An enqueueMany ends after the chunks that it has sent. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#group.close(), ...[...this.#walks].map((walk) => walk.close())])
  }

  async #inCallersTransaction(entry: NewJob, tx: unknown): Promise<InsertResult> {
    const results = await this.#engine.insertJobs({ jobs: [entry], tx })
    return results[0] as InsertResult
  }
}

const MANY_KEYS = ['delay', 'at', 'queue', 'priority', 'retry', 'timeout', 'reference', 'tags', 'description', 'correlationId']
MANY_KEYS.push('id', 'tx', 'onOutcome')

function checkJob(job: JobDefinition): void {
  if (isJob(job)) return
  throw new WorksongError('WS_INVALID_OPTION', 'The first argument is not a job definition', {
    fix: 'Make it with defineJob().',
    field: 'job',
  })
}

function checkIterable(inputs: unknown): void {
  const iterable = typeof inputs === 'object' && inputs !== null && (Symbol.iterator in inputs || Symbol.asyncIterator in inputs)
  if (iterable) return
  throw new WorksongError('WS_INVALID_OPTION', 'inputs is not an array, an iterable or an async iterable', { field: 'inputs' })
}

function checkManyOptions(options: EnqueueManyOptions<never>): void {
  checkKeys(options, MANY_KEYS, 'enqueueMany options')
  for (const field of ['id', 'onOutcome'] as const) {
    if (options[field] === undefined || typeof options[field] === 'function') continue
    const fix = field === 'id' ? 'Of many entries each needs its own: id: (input, index) => …' : undefined
    throw new WorksongError('WS_INVALID_OPTION', `${field} is not a function: ${show(options[field])}`, { field, ...(fix ? { fix } : {}) })
  }
}
