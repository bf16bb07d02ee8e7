/** enqueueMany: any number of entries at flat memory; one outcome for each, and one bad entry loses none of the others. */
import { isPromise, type JobDefinition, parseWith, WorksongError } from '../core/index.js'
import type { Engine, InsertResult, NewJob } from '../engine/index.js'
import { checkId, type EnqueueContext, type EnqueueOptions, type EntryLimits, optionsOf } from './entry.js'
import { closedError, insertOwn } from './group-commit.js'

/** What became of one entry; `index` is its place in the source, from 0. */
export type EntryOutcome =
  | { readonly index: number; readonly status: 'enqueued' | 'duplicate'; readonly id: string }
  | { readonly index: number; readonly status: 'rejected'; readonly error: unknown }

export interface EnqueueManyOptions<In> extends Omit<EnqueueOptions, 'id'> {
  /** The id of each job, for entries that may be enqueued again: a UUID derived from the entry. */
  id?: (input: In, index: number) => string
  /** Called for every entry, in order within a chunk, once its outcome is durable. */
  onOutcome?: (outcome: EntryOutcome) => void
}

export interface EnqueuedMany {
  readonly enqueued: number
  readonly duplicates: number
  readonly rejected: number
}

interface Chunk {
  readonly jobs: NewJob[]
  readonly indexes: number[]
}

export interface ManyTools {
  readonly engine: Engine
  readonly limits: EntryLimits
  readonly patienceMs: number
  readonly context: EnqueueContext | undefined
}

/** Stores chunk by chunk, with as many chunks under way as the engine can use. */
export class ManyEnqueue<In> {
  readonly #tools: ManyTools
  readonly #job: JobDefinition
  readonly #options: EnqueueManyOptions<In>
  readonly #build: (input: unknown, limits: EntryLimits) => NewJob
  readonly #underWay = new Set<Promise<void>>()
  #failure: { error: unknown } | undefined
  #closed = false
  #counts = { enqueued: 0, duplicates: 0, rejected: 0 }

  constructor(tools: ManyTools, job: JobDefinition, options: EnqueueManyOptions<In>) {
    const { id: _id, onOutcome: _onOutcome, ...rest } = options
    this.#tools = tools
    this.#job = job
    this.#options = options
    this.#build = optionsOf(job, rest, tools.context)
  }

  async run(inputs: Iterable<In> | AsyncIterable<In>): Promise<EnqueuedMany> {
    try {
      await this.#walk(inputs)
    } finally {
      // However it ends: no outcome comes after the answer.
      await Promise.all(this.#underWay)
    }
    this.#throwFailure()
    return { ...this.#counts }
  }

  /** Send no more; resolves once the chunks under way are answered. The source may never give another entry: it is not waited for. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#underWay)
  }

  async #walk(inputs: Iterable<In> | AsyncIterable<In>): Promise<void> {
    const size = this.#tools.engine.capabilities.insertChunk
    let chunk: Chunk = { jobs: [], indexes: [] }
    let index = 0
    // A plain loop for what is not asynchronous: awaiting each of a million entries would cost more than storing them.
    const take = async (): Promise<void> => {
      const full = chunk
      chunk = { jobs: [], indexes: [] }
      await this.#send(full)
    }
    if (Symbol.asyncIterator in inputs) {
      for await (const input of inputs) {
        await this.#add(chunk, input, index++)
        if (chunk.jobs.length >= size) await take()
      }
    } else {
      for (const input of inputs) {
        const pending = this.#add(chunk, input, index++)
        if (pending) await pending
        if (chunk.jobs.length >= size) await take()
      }
    }
    if (chunk.jobs.length > 0) await this.#send(chunk)
  }

  /** Check one entry into the chunk. A promise only when its schema is asynchronous. */
  #add(chunk: Chunk, input: In, index: number): Promise<void> | undefined {
    let checked: unknown
    try {
      checked = parseWith(this.#job.input, input, 'WS_INVALID_INPUT', `input of ${this.#job.name}`)
    } catch (error) {
      this.#reject(index, error)
      return undefined
    }
    if (!isPromise(checked)) {
      this.#push(chunk, input, index)
      return undefined
    }
    return checked.then(
      () => this.#push(chunk, input, index),
      (error: unknown) => this.#reject(index, error),
    )
  }

  #push(chunk: Chunk, input: In, index: number): void {
    let job: NewJob
    try {
      job = this.#build(input, this.#tools.limits)
      if (this.#options.id) job = { ...job, id: checkId(this.#options.id(input, index)) }
    } catch (error) {
      this.#reject(index, error)
      return
    }
    chunk.jobs.push(job)
    chunk.indexes.push(index)
  }

  #reject(index: number, error: unknown): void {
    this.#counts.rejected++
    this.#options.onOutcome?.({ index, status: 'rejected', error })
  }

  async #send(chunk: Chunk): Promise<void> {
    if (this.#closed) this.#failure ??= { error: closedError() }
    if (this.#failure) return this.#stop()
    const sending = this.#store(chunk)
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#underWay.delete(sending))
    this.#underWay.add(sending)
    const { parallelInserts } = this.#tools.engine.capabilities
    if (this.#underWay.size >= (this.#options.tx === undefined ? parallelInserts : 1)) await Promise.race(this.#underWay)
  }

  async #store(chunk: Chunk): Promise<void> {
    const { engine, patienceMs } = this.#tools
    const { tx } = this.#options
    const results = tx === undefined ? await insertOwn(engine, chunk.jobs, patienceMs) : await engine.insertJobs({ jobs: chunk.jobs, tx })
    results.forEach((result, at) => {
      this.#settle(chunk, at, result)
    })
  }

  #settle(chunk: Chunk, at: number, result: InsertResult): void {
    const status = result === 'inserted' ? 'enqueued' : 'duplicate'
    this.#counts[status === 'enqueued' ? 'enqueued' : 'duplicates']++
    if (!this.#options.onOutcome) return
    this.#options.onOutcome({ index: chunk.indexes[at] as number, status, id: (chunk.jobs[at] as NewJob).id })
  }

  /** With all that was under way counted. */
  async #stop(): Promise<void> {
    await Promise.all(this.#underWay)
    this.#throwFailure()
  }

  #throwFailure(): void {
    if (!this.#failure) return
    const { error } = this.#failure
    const { enqueued, duplicates } = this.#counts
    if (!(error instanceof WorksongError)) throw error
    throw new WorksongError(error.code, `enqueueMany stopped with ${enqueued + duplicates} entries stored: ${error.message}`, {
      cause: error,
      retryable: error.retryable,
    })
  }
}
