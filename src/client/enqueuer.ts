/** Puts jobs in: enqueue and enqueueMany over one engine. */
import { isPromise, type JobDefinition, type JobId } from '../core/index.js'
import type { Engine } from '../engine/index.js'
import { type EnqueuedMany, type ManyEnqueue, prepareMany } from './enqueue-many.js'
import { type EnqueueOptions, type Prepared, type PrepareOptions, prepare } from './entry.js'
import { closedError, GroupCommit, type Stored } from './group-commit.js'
import type { EnqueueManyOptions } from './many-options.js'

/** `duplicate`: a job with that id was there already; `id` is the surviving job's. */
export interface Enqueued<Result = unknown> {
  readonly id: JobId<Result>
  readonly status: 'enqueued' | 'duplicate'
}

export interface EnqueuerOptions extends PrepareOptions {
  /** How long to try again while the store is away, before the caller's promise rejects. */
  readonly patienceMs: number
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

  /** Store one job; resolves once it is durable. One promise per call: each more costs some per cent. */
  enqueue<Result>(job: JobDefinition, input: unknown, options?: EnqueueOptions): Promise<Enqueued<Result>> {
    try {
      const prepared = prepare(job, input, options, this.#options)
      return isPromise(prepared) ? prepared.then((one) => this.put<Result>(one)) : this.put<Result>(prepared)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Store what `prepare` made. */
  put<Result>(one: Prepared): Promise<Enqueued<Result>> {
    if (this.#closed) return Promise.reject(closedError())
    return one.tx === undefined ? this.#group.add(one) : this.#inCallersTransaction(one)
  }

  /** Store many jobs of one kind, from an array, an iterable or an async iterable. */
  async enqueueMany<In>(
    job: JobDefinition<In>,
    inputs: Iterable<In> | AsyncIterable<In>,
    options?: EnqueueManyOptions<In>,
  ): Promise<EnqueuedMany> {
    return this.putMany(prepareMany(job, inputs, options, this.#options))
  }

  /** Store what `prepareMany` is to walk. */
  async putMany<In>(walk: ManyEnqueue<In>): Promise<EnqueuedMany> {
    if (this.#closed) throw closedError()
    this.#walks.add(walk)
    try {
      return await walk.run(this.#engine)
    } finally {
      this.#walks.delete(walk)
    }
  }

  /** Refuse from now on, and wait for what is under way. An enqueueMany ends after the chunks that it has sent. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#group.close(), ...[...this.#walks].map((walk) => walk.close())])
  }

  async #inCallersTransaction({ job, tx }: Prepared): Promise<Stored> {
    const [result] = await this.#engine.insertJobs({ jobs: [job], tx })
    return { id: job.id, status: result === 'inserted' ? 'enqueued' : 'duplicate' }
  }
}
