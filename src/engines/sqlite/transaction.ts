/**
 * Transactions on one connection. Inside one everything is synchronous, so no two of ours can mix. Waiting for another process's lock is
 * not: after naps of a ms and a half and SQLite's own wait of 25 ms at most, the call sleeps without blocking the event loop, and the
 * calls that come later queue up behind it.
 */
import { WorksongError } from '../../core/index.js'
import type { Connection } from './connection.js'
import { busyError, isBusy, toWorksongError } from './errors.js'
import { Tally } from './sql/tally.js'

/** What a statement file works with: the connection, the store's clock at the start, and the counts that this transaction changes. */
export interface Tx {
  readonly db: Connection
  readonly now: number
  readonly tally: Tally
}

export interface TransactionSettings {
  readonly place: string
  readonly clock: () => number
  readonly busyTimeout: number
  /** The connection is nobody else's, so its settings may be changed for a moment. `syncs`: each commit is synced. */
  readonly own?: { readonly syncs: boolean }
}

/** The longest that SQLite may block the event loop for a lock; beyond it we wait asynchronously. */
export const BUSY_MS = 25
/** Most locks are held for a fraction of a ms, and SQLite would sleep for 1, 2, 5 and 10. */
const NAPS_MS = [0.1, 0.2, 0.4, 0.8]
const NAP = new Int32Array(new SharedArrayBuffer(4))

/** Sleeps between tries of a taken lock grow from about 2 to about 40 ms, spread so that processes do not march in step. */
const FIRST_SLEEP_MS = 2
const LONGEST_SLEEP_MS = 40

export class Transactions {
  readonly #db: Connection
  readonly #settings: TransactionSettings
  /** Settles when the call that waits for a lock is done; others stay behind it. */
  #waiting: Promise<void> | undefined
  #closed = false

  constructor(db: Connection, settings: TransactionSettings) {
    this.#db = db
    this.#settings = settings
    if (settings.own) db.raw.exec('pragma busy_timeout = 0')
  }

  /** The store, for words. */
  get place(): string {
    return this.#settings.place
  }

  close(): void {
    this.#closed = true
  }

  /** One writing transaction. BEGIN IMMEDIATE takes the write lock at once: a later upgrade could fail in the middle. */
  write<T>(work: (tx: Tx) => T): Promise<T> {
    return this.#inTurn(() => {
      this.#db.run('begin immediate')
      return this.#finish(work)
    })
  }

  /**
   * The same without a sync of its own: the next transaction that has one makes it durable too, and until then a power cut may undo it as a
   * whole. (SQLite reads this setting as it parses it, so there is nothing to prepare.)
   */
  writeLazily<T>(work: (tx: Tx) => T): Promise<T> {
    if (!this.#settings.own?.syncs) return this.write(work)
    return this.#inTurn(() => {
      this.#db.raw.exec('pragma synchronous = normal')
      try {
        this.#db.run('begin immediate')
        return this.#finish(work)
      } finally {
        this.#db.raw.exec('pragma synchronous = full')
      }
    })
  }

  /** Several reads that must agree with each other. On a handle inside a transaction of its owner, they see that one. */
  readTogether<T>(work: (tx: Tx) => T): Promise<T> {
    return this.#patiently(() => {
      if (this.#db.inTransaction === true) return work(this.context())
      this.#db.run('begin')
      return this.#finish(work)
    })
  }

  /** One statement, or reads that need not agree: no transaction of their own. */
  read<T>(work: (tx: Tx) => T): Promise<T> {
    return this.#patiently(() => work(this.context()))
  }

  context(db: Connection = this.#db): Tx {
    return { db, now: Math.floor(this.#settings.clock()), tally: new Tally() }
  }

  #finish<T>(work: (tx: Tx) => T): T {
    let committing = false
    try {
      const tx = this.context()
      const result = work(tx)
      tx.tally.write(tx.db)
      committing = true
      this.#db.run('commit')
      return result
    } catch (error) {
      this.#rollBack()
      throw toWorksongError(error, this.#settings.place, committing)
    }
  }

  /** After some errors SQLite has rolled back by itself, and says so with an error. */
  #rollBack(): void {
    if (this.#db.inTransaction === false) return
    try {
      this.#db.run('rollback')
    } catch {}
  }

  /** Behind the call that waits for the write lock, if any: else each of them would block the event loop for 25 ms at a time. */
  async #inTurn<T>(work: () => T): Promise<T> {
    const start = this.#waiting ? performance.now() : undefined
    while (this.#waiting) await this.#waiting
    if (start !== undefined && performance.now() - start > this.#settings.busyTimeout) throw busyError(this.#settings.place)
    try {
      return this.#napping(work)
    } catch (error) {
      if (!isLocked(error)) throw toWorksongError(error, this.#settings.place)
    }
    const retrying = this.#retry(work)
    const over = (): void => {
      this.#waiting = undefined
    }
    this.#waiting = retrying.then(over, over)
    return retrying
  }

  /** Readers do not wait for writers; only for the moment in which a file is opened first or closed last. */
  async #patiently<T>(work: () => T): Promise<T> {
    try {
      return this.#once(work)
    } catch (error) {
      if (!isLocked(error)) throw toWorksongError(error, this.#settings.place)
    }
    return this.#retry(work)
  }

  async #retry<T>(work: () => T): Promise<T> {
    const start = performance.now()
    for (let sleepMs = FIRST_SLEEP_MS; ; sleepMs = Math.min(sleepMs * 2, LONGEST_SLEEP_MS)) {
      await sleep(sleepMs * (0.5 + Math.random()))
      try {
        return this.#blocking(work)
      } catch (error) {
        if (!isLocked(error) || performance.now() - start > this.#settings.busyTimeout) {
          throw toWorksongError(error, this.#settings.place)
        }
      }
    }
  }

  #napping<T>(work: () => T): T {
    for (const nap of this.#settings.own ? NAPS_MS : []) {
      try {
        return this.#once(work)
      } catch (error) {
        if (!isLocked(error)) throw error
      }
      Atomics.wait(NAP, 0, 0, nap)
    }
    return this.#blocking(work)
  }

  #blocking<T>(work: () => T): T {
    if (!this.#settings.own || this.#closed) return this.#once(work)
    this.#db.raw.exec(`pragma busy_timeout = ${BUSY_MS}`)
    try {
      return this.#once(work)
    } finally {
      this.#db.raw.exec('pragma busy_timeout = 0')
    }
  }

  #once<T>(work: () => T): T {
    if (this.#closed) throw new WorksongError('WS_CLOSED', `The SQLite engine of ${this.#settings.place} is closed`)
    return work()
  }
}

/** Raw from SQLite, or already typed inside a transaction: a read may meet the lock only at its first statement. */
function isLocked(error: unknown): boolean {
  return isBusy(error) || (error instanceof WorksongError && isBusy(error.cause))
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
