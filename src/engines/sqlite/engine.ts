/**
 * The SQLite engine: each method is one transaction of statements from sql/. It decides nothing.
 * States: new (only open and close work), absent (there is no file yet: migrate makes it), open, closed (every call is refused).
 */
import { type JobState, WorksongError } from '../../core/index.js'
import {
  type BeatSource,
  type Capabilities,
  type Check,
  type Claimed,
  type ClaimRequest,
  type Engine,
  type FinishRequest,
  type FinishResult,
  type Hint,
  hintsOf,
  type InsertResult,
  type NewJob,
  type SchemaStatus,
  type WorkerInfo,
  type WorkerWish,
} from '../../engine/index.js'
import { fileOf } from './callers-transaction.js'
import { Connection } from './connection.js'
import { diagnose } from './diagnose.js'
import { chosenHere } from './driver.js'
import { noFileError, toWorksongError } from './errors.js'
import { insertInto } from './insert-into.js'
import { migrate, NO_SCHEMA, schemaStatus } from './migrations.js'
import { closeDatabase, hasFolder, isMissing, type Opened, openDatabase } from './open.js'
import type { Settings } from './options.js'
import { type CancelParams, cancelJobs } from './sql/cancel.js'
import { choreIsDue, takeChore } from './sql/chores.js'
import { claim } from './sql/claim.js'
import { deleteJobs } from './sql/delete.js'
import { insertJobs } from './sql/enqueue.js'
import { finishIfOwned } from './sql/finish.js'
import { getJob, settledJobs } from './sql/jobs.js'
import { listJobs } from './sql/list.js'
import { anyDue, nextDueMs, promoteDue } from './sql/promote.js'
import { type PruneParams, pruneJobs } from './sql/prune.js'
import { listQueues, pauseQueue, resumeQueue } from './sql/queues.js'
import { readLogs, recordIfOwned } from './sql/record.js'
import { anyLost, rescueJobs } from './sql/rescue.js'
import { retryJobs } from './sql/retry.js'
import { beat, listWorkers, loseWorkerIfSilent, pulse, registerWorker, retireWorker, watchWorker, wishWorker } from './sql/workers.js'
import { Transactions, type Tx } from './transaction.js'
import { Wake } from './wake.js'

export class SqliteEngine implements Engine {
  readonly name = 'sqlite'
  readonly place: string
  readonly capabilities: Capabilities
  readonly #settings: Settings
  /** The database file; undefined in memory. */
  readonly #file: string | undefined
  readonly #wake: Wake
  #opened: Opened | undefined
  #transactions: Transactions | undefined
  #opening: Promise<void> | undefined
  #absent = false
  #closed = false

  constructor(settings: Settings) {
    this.#settings = settings
    this.#file = settings.handle ? fileOf(new Connection(settings.handle)) : settings.path === ':memory:' ? undefined : settings.path
    this.place = this.#file ?? ':memory:'
    this.capabilities = {
      shared: this.#file !== undefined,
      parallelInserts: 1,
      insertChunk: 2000,
      actChunk: 200,
      lanes: 1,
      notifies: true,
    }
    this.#wake = new Wake(this.#file)
  }

  open({ ifMissing = 'create' }: Parameters<Engine['open']>[0] = {}): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closedError())
    this.#opening ??= this.#open(ifMissing).catch((error: unknown) => {
      this.#opening = undefined
      throw toWorksongError(error, this.place)
    })
    return this.#opening
  }

  async #open(ifMissing: 'create' | 'refuse' | 'defer'): Promise<void> {
    this.#absent = ifMissing !== 'create' && isMissing(this.#file)
    if (!this.#absent) await this.#connect()
    else if (ifMissing === 'refuse' || !hasFolder(this.place)) throw noFileError(this.place)
  }

  async #connect(): Promise<void> {
    const { busyTimeout, clock, durability, handle } = this.#settings
    const opened = await openDatabase(this.#settings, this.#file)
    if (this.#closed) {
      closeDatabase(opened, this.#settings)
      throw this.#closedError()
    }
    this.#opened = opened
    const own = handle ? {} : { own: { syncs: durability === 'full' } }
    this.#transactions = new Transactions(opened.db, { place: this.place, clock, busyTimeout, ...own })
    this.#absent = false
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#opening?.catch(() => {})
    this.#wake.close()
    this.#transactions?.close()
    if (this.#opened) closeDatabase(this.#opened, this.#settings)
    this.#opened = undefined
  }

  async schemaStatus(): Promise<SchemaStatus> {
    if (this.#absent && !this.#closed) return NO_SCHEMA
    return this.#together((tx) => schemaStatus(tx.db))
  }

  async migrate(): Promise<readonly string[]> {
    if (this.#absent && !this.#closed) {
      await this.#connect().catch((error: unknown) => {
        throw toWorksongError(error, this.place)
      })
    }
    return migrate(this.#running())
  }

  async insertJobs(p: { jobs: readonly NewJob[]; tx?: unknown }): Promise<readonly InsertResult[]> {
    if (p.tx !== undefined) return insertInto(p.tx, p.jobs, this.#running(), this.#opened as Opened)
    if (p.jobs.length === 0) return []
    const results = await this.#write((tx) => insertJobs(tx, p.jobs))
    this.#wake.announce(hintsOf(p.jobs), p.jobs.length)
    return results
  }

  announce(queues: readonly string[]): void {
    if (!this.#closed) this.#wake.announce(queues)
  }

  claim(p: ClaimRequest & { worker: string }): Promise<Claimed> {
    return this.#write((tx) => claim(tx, p), 'lazily')
  }

  async finishIfOwned(p: FinishRequest): Promise<FinishResult> {
    if (p.ends.length === 0 && p.closing.length === 0 && !p.started?.length) return { refused: [], cancelled: [] }
    return this.#write((tx) => finishIfOwned(tx, p))
  }

  finishThenClaim(p: FinishRequest & { claim: ClaimRequest }): Promise<FinishResult & { claimed: Claimed }> {
    return this.#write((tx) => ({ ...finishIfOwned(tx, p), claimed: claim(tx, { ...p.claim, worker: p.worker }) }))
  }

  async recordIfOwned(p: Parameters<Engine['recordIfOwned']>[0]): Promise<readonly string[]> {
    return p.progress.length + p.logs.length === 0 ? [] : this.#write((tx) => recordIfOwned(tx, p))
  }

  registerWorker(p: WorkerInfo): Promise<void> {
    return this.#write((tx) => registerWorker(tx, p))
  }

  beat(p: { worker: string }): Promise<boolean> {
    return this.#write((tx) => beat(tx, p))
  }

  async beatSource(): Promise<BeatSource | null> {
    this.#running()
    const { driver, handle, durability, busyTimeout } = this.#settings
    if (handle || this.#file === undefined) return null
    // The thread cannot be given a class, and must not open the file with another library.
    if (driver && !(await chosenHere(driver))) return null
    const config = { path: this.#file, durability, busyTimeout, allowNetworkFileSystem: true }
    return { module: new URL('./index.js', import.meta.url).href, config }
  }

  pulse(p: { worker: string; queues: readonly string[] }): ReturnType<Engine['pulse']> {
    return this.#together((tx) => pulse(tx, p))
  }

  retireWorker(p: { worker: string }): Promise<void> {
    return this.#write((tx) => retireWorker(tx, p))
  }

  listWorkers(): ReturnType<Engine['listWorkers']> {
    return this.#together((tx) => listWorkers(tx))
  }

  async wishWorker(p: { worker: string; wish: WorkerWish | null }): Promise<boolean> {
    const told = await this.#write((tx) => wishWorker(tx, p))
    if (told) this.#wake.signal()
    return told
  }

  watchWorker(p: { worker: string; beat: number; maxGapMs: number }): Promise<number> {
    return this.#write((tx) => watchWorker(tx, p))
  }

  loseWorkerIfSilent(p: { worker: string; beat: number }): Promise<boolean> {
    return this.#write((tx) => loseWorkerIfSilent(tx, p))
  }

  /** Every process looks for the lost now and then: only who finds some takes the write lock. */
  async rescueJobs(p: { limit: number; maxCrashes: number }): ReturnType<Engine['rescueJobs']> {
    if (!(await this.#read(anyLost))) return { requeued: 0, dead: [], cancelled: 0, lanes: [], done: true }
    return this.#write((tx) => rescueJobs(tx, p))
  }

  async promoteDue(p: { limit: number; aheadMs?: number }): ReturnType<Engine['promoteDue']> {
    const next = await this.#read((tx) => (anyDue(tx, p.aheadMs ?? 0) ? undefined : { nextDueMs: nextDueMs(tx) }))
    return next ? { promoted: 0, lanes: [], ...next } : this.#write((tx) => promoteDue(tx, p))
  }

  pruneJobs(p: PruneParams): ReturnType<Engine['pruneJobs']> {
    return this.#write((tx) => pruneJobs(tx, p))
  }

  async takeChore(p: { name: string; everyMs: number }): Promise<boolean> {
    return (await this.#read((tx) => choreIsDue(tx, p))) && this.#write((tx) => takeChore(tx, p))
  }

  async cancelJobs(p: CancelParams): ReturnType<Engine['cancelJobs']> {
    const results = await this.#write((tx) => cancelJobs(tx, p))
    if (results.includes('requested')) this.#wake.signal()
    return results
  }

  retryJobs(p: { ids: readonly string[]; states?: readonly JobState[] }): ReturnType<Engine['retryJobs']> {
    return this.#write((tx) => retryJobs(tx, p))
  }

  deleteJobs(p: { ids: readonly string[]; states?: readonly JobState[] }): ReturnType<Engine['deleteJobs']> {
    return this.#write((tx) => deleteJobs(tx, p))
  }

  getJob(p: { id: string }): ReturnType<Engine['getJob']> {
    return this.#together((tx) => getJob(tx, p))
  }

  listJobs(p: Parameters<Engine['listJobs']>[0]): ReturnType<Engine['listJobs']> {
    return this.#together((tx) => listJobs(tx, p))
  }

  readLogs(p: { id: string; after: number; limit: number }): ReturnType<Engine['readLogs']> {
    return this.#read((tx) => readLogs(tx, p))
  }

  settledJobs(p: { ids: readonly string[] }): ReturnType<Engine['settledJobs']> {
    return this.#together((tx) => settledJobs(tx, p))
  }

  listQueues(): ReturnType<Engine['listQueues']> {
    return this.#together((tx) => listQueues(tx))
  }

  pauseQueue(p: { queue: string; by: string | null; reason: string | null }): Promise<void> {
    return this.#write((tx) => pauseQueue(tx, p))
  }

  resumeQueue(p: { queue: string }): Promise<void> {
    return this.#write((tx) => resumeQueue(tx, p))
  }

  diagnose(): Promise<readonly Check[]> {
    return diagnose({ settings: this.#settings, file: this.#file, opened: this.#opened })
  }

  async listen(onHint: (hint: Hint) => void): Promise<() => Promise<void>> {
    this.#running()
    const stop = this.#wake.listen(onHint)
    return async () => stop()
  }

  async #write<T>(work: (tx: Tx) => T, lazily?: 'lazily'): Promise<T> {
    const transactions = this.#running()
    this.#opened?.guard?.check()
    return lazily ? transactions.writeLazily(work) : transactions.write(work)
  }

  async #together<T>(work: (tx: Tx) => T): Promise<T> {
    return this.#running().readTogether(work)
  }

  async #read<T>(work: (tx: Tx) => T): Promise<T> {
    return this.#running().read(work)
  }

  #running(): Transactions {
    if (this.#closed) throw this.#closedError()
    this.#opened?.guard?.refuse()
    if (this.#transactions) return this.#transactions
    if (this.#absent) throw noFileError(this.place)
    throw new WorksongError('WS_CLOSED', `The SQLite engine of ${this.place} is not open yet`, { fix: 'Await open() first' })
  }

  #closedError(): WorksongError {
    return new WorksongError('WS_CLOSED', `The SQLite engine of ${this.place} is closed`, { fix: 'Make a new one' })
  }
}
