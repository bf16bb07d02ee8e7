/** enqueueMany: any number of entries at flat memory; one outcome for each, and one bad entry loses none of the others. */
import { isPromise, type JobDefinition, parseWith, show, WorksongError } from '../core/index.js'
import type { Engine, InsertResult, NewJob } from '../engine/index.js'
import { checkId, checkJob, type EntryLimits, optionsOf, type PrepareOptions } from './entry.js'
import { closedError, MAX_CHARS } from './group-commit.js'
import { checkIterable, checkManyOptions, type EnqueueManyOptions, type EntryOutcome } from './many-options.js'
import { withPatience } from './patience.js'
import { resolveReplays } from './replay.js'

export interface EnqueuedMany {
  readonly enqueued: number
  readonly duplicates: number
  readonly rejected: number
}

interface Chunk {
  readonly jobs: NewJob[]
  readonly indexes: number[]
  chars: number
}

export interface ManySettings extends PrepareOptions {
  readonly patienceMs: number
}

/** An engine may store without ever leaving the event loop: timers, signals and heartbeats get their turn so often. */
const YIELD_EVERY_MS = 20

/** Answers of `onOutcome` that may be waited for at once. */
const MAX_TOLD = 1000

/** Check all but the entries themselves, which are read as they are stored. Needs no store. @throws WorksongError naming what is wrong */
export function prepareMany<In>(
  job: JobDefinition<In>,
  inputs: Iterable<In> | AsyncIterable<In>,
  options: EnqueueManyOptions<In> = {},
  settings: ManySettings,
): ManyEnqueue<In> {
  checkJob(job)
  checkIterable(inputs)
  checkManyOptions(options)
  return new ManyEnqueue<In>(settings, job, inputs, options)
}

/** Why it ends early. `field`: of what the caller gave, the one that threw; then what has been read is stored all the same. */
interface Failure {
  readonly error: unknown
  readonly field?: 'inputs' | 'onOutcome'
}

/** Stores chunk by chunk, with as many chunks under way as the engine can use. */
export class ManyEnqueue<In> {
  readonly #job: JobDefinition
  readonly #inputs: Iterable<In> | AsyncIterable<In>
  readonly #options: EnqueueManyOptions<In>
  readonly #limits: EntryLimits
  readonly #patienceMs: number
  readonly #build: (input: unknown, limits: EntryLimits) => NewJob
  readonly #underWay = new Set<Promise<void>>()
  readonly #counts = { enqueued: 0, duplicates: 0, rejected: 0 }
  #engine!: Engine
  #chunk: Chunk = { jobs: [], indexes: [], chars: 0 }
  #read = 0
  #failure: Failure | undefined
  /** What the store said when it did not take a chunk. */
  #refusal: unknown
  #told: Promise<void>[] = []
  #deaf = false
  #closed = false
  #yielded = performance.now()

  constructor(settings: ManySettings, job: JobDefinition, inputs: Iterable<In> | AsyncIterable<In>, options: EnqueueManyOptions<In>) {
    const { id: _id, onOutcome: _onOutcome, ...rest } = options
    this.#job = job
    this.#inputs = inputs
    this.#options = { ...options }
    this.#limits = { maxPayloadBytes: settings.maxPayloadBytes }
    this.#patienceMs = settings.patienceMs
    this.#build = optionsOf(job, rest, settings.context())
  }

  async run(engine: Engine): Promise<EnqueuedMany> {
    this.#engine = engine
    try {
      await this.#walk(this.#inputs)
    } catch (error) {
      this.#failure ??= { error, field: 'inputs' }
    }
    if (this.#chunk.jobs.length > 0) await this.#send()
    // However it ends: no outcome comes after the answer.
    await Promise.all(this.#underWay)
    await this.#heard()
    if (this.#failure) throw this.#toError(this.#failure)
    return { ...this.#counts }
  }

  /** Send no more; resolves once the chunks under way are answered. The source may never give another entry: it is not waited for. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#underWay)
  }

  /** Throws what the source throws, and nothing else. A source that is left before its end is told so, by the loops themselves. */
  async #walk(inputs: Iterable<In> | AsyncIterable<In>): Promise<void> {
    // A plain loop for what is not asynchronous: awaiting each of a million entries would cost more than storing them.
    if (Symbol.asyncIterator in inputs) {
      for await (const input of inputs) {
        await this.#take(input)
        if (this.#failure) break
      }
    } else {
      for (const input of inputs) {
        const pending = this.#take(input)
        if (pending) await pending
        if (this.#failure) break
      }
    }
  }

  /** One entry. A promise only where something has to be waited for. */
  #take(input: In): Promise<void> | undefined {
    const checking = this.#add(input, this.#read++)
    if (checking) return checking.then(() => this.#sendFull())
    return this.#sendFull()
  }

  #sendFull(): Promise<void> | undefined {
    const { jobs, chars } = this.#chunk
    if (jobs.length >= this.#engine.capabilities.insertChunk || chars >= MAX_CHARS) return this.#send()
    return this.#told.length >= MAX_TOLD ? this.#heard() : undefined
  }

  /** Check one entry into the chunk. A promise only when its schema is asynchronous. */
  #add(input: In, index: number): Promise<void> | undefined {
    let checked: unknown
    try {
      checked = parseWith(this.#job.input, input, 'WS_INVALID_INPUT', `input of ${this.#job.name}`)
    } catch (error) {
      this.#reject(index, error)
      return undefined
    }
    if (!isPromise(checked)) {
      this.#push(input, index)
      return undefined
    }
    return checked.then(
      () => this.#push(input, index),
      (error: unknown) => this.#reject(index, error),
    )
  }

  #push(input: In, index: number): void {
    let job: NewJob
    try {
      job = this.#build(input, this.#limits)
      if (this.#options.id) job = { ...job, id: checkOwnId(this.#options.id(input, index)) }
    } catch (error) {
      this.#reject(index, error)
      return
    }
    this.#chunk.jobs.push(job)
    this.#chunk.indexes.push(index)
    this.#chunk.chars += job.payload.length
  }

  #reject(index: number, error: unknown): void {
    this.#counts.rejected++
    this.#tell({ index, status: 'rejected', error })
  }

  /** Send the chunk, and wait until there is room for another. Never rejects. */
  async #send(): Promise<void> {
    const chunk = this.#chunk
    this.#chunk = { jobs: [], indexes: [], chars: 0 }
    if (this.#told.length > 0) await this.#heard()
    if (this.#closed) this.#failure ??= { error: closedError() }
    if (this.#closed || (this.#failure && !this.#failure.field) || this.#refusal) return
    const sending = this.#store(chunk)
      .catch((error: unknown) => {
        this.#refusal ??= error
        this.#failure ??= { error }
      })
      .finally(() => this.#underWay.delete(sending))
    this.#underWay.add(sending)
    const { parallelInserts } = this.#engine.capabilities
    if (this.#underWay.size >= (this.#options.tx === undefined ? parallelInserts : 1)) await Promise.race(this.#underWay)
    if (performance.now() - this.#yielded < YIELD_EVERY_MS) return
    await new Promise((resolve) => setImmediate(resolve))
    this.#yielded = performance.now()
  }

  async #store(chunk: Chunk): Promise<void> {
    const { tx } = this.#options
    const results = tx === undefined ? await this.#insert(chunk.jobs) : await this.#engine.insertJobs({ jobs: chunk.jobs, tx })
    results.forEach((result, at) => {
      this.#settle(chunk, at, result)
    })
  }

  #insert(jobs: readonly NewJob[]): Promise<readonly InsertResult[]> {
    const givenId = this.#options.id !== undefined
    return withPatience(this.#patienceMs, async (maybeDone) => {
      const results = await this.#engine.insertJobs({ jobs })
      if (!maybeDone) return results
      const outgoing = jobs.map((job) => ({ job, givenId, maybeDone }))
      return resolveReplays(this.#engine, outgoing, results)
    })
  }

  #settle(chunk: Chunk, at: number, result: InsertResult): void {
    const status = result === 'inserted' ? 'enqueued' : 'duplicate'
    this.#counts[status === 'enqueued' ? 'enqueued' : 'duplicates']++
    if (this.#options.onOutcome) this.#tell({ index: chunk.indexes[at] as number, status, id: (chunk.jobs[at] as NewJob).id })
  }

  /** One that has thrown hears no more; what it is told of is counted all the same. */
  #tell(outcome: EntryOutcome): void {
    if (this.#deaf) return
    try {
      const answer = this.#options.onOutcome?.(outcome)
      if (isPromise(answer)) this.#told.push(this.#listen(answer))
    } catch (error) {
      this.#stopTelling(error)
    }
  }

  /** Never rejects. */
  async #listen(answer: Promise<unknown>): Promise<void> {
    try {
      await answer
    } catch (error) {
      this.#stopTelling(error)
    }
  }

  async #heard(): Promise<void> {
    const told = this.#told
    this.#told = []
    await Promise.all(told)
  }

  #stopTelling(error: unknown): void {
    this.#deaf = true
    this.#failure ??= { error, field: 'onOutcome' }
  }

  #toError({ error, field }: Failure): unknown {
    const counts = { ...this.#counts }
    const { enqueued, duplicates, rejected } = counts
    if (field) {
      const who = field === 'inputs' ? 'The source of enqueueMany' : 'onOutcome of enqueueMany'
      const known = enqueued + duplicates + rejected
      const lost = known === this.#read ? '' : `, ${this.#read - known} not stored (${wordsOf(this.#refusal ?? closedError())})`
      const became = `${enqueued} enqueued, ${duplicates} duplicates, ${rejected} rejected${lost}`
      const details = { cause: error, field, counts }
      return new WorksongError('WS_SOURCE_FAILED', `${who} threw after ${this.#read} entries (${became}): ${wordsOf(error)}`, details)
    }
    if (!(error instanceof WorksongError)) return error
    return new WorksongError(error.code, `enqueueMany stopped with ${enqueued + duplicates} entries stored: ${error.message}`, {
      cause: error,
      retryable: error.retryable,
      unknownOutcome: error.unknownOutcome,
      counts,
    })
  }
}

/** The id of one entry, by the caller's function. */
function checkOwnId(id: unknown): string {
  if (!isPromise(id)) return checkId(id)
  // It may reject, which nobody else would hear.
  Promise.resolve(id).catch(() => undefined)
  const fix = 'Derive it from the entry, or make the ids before.'
  throw new WorksongError('WS_INVALID_OPTION', 'id gave a promise; it must give the id itself', { fix, field: 'id' })
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : show(error)
}
