/** What calls answer about jobs that operators and maintenance act on, and about the store itself. */

/**
 * `cancelled`: it was waiting and has ended. `requested`: it runs; its worker has been told. `ended`: it had ended before. `changed`: it is
 * in none of the states that were asked for, so it was left.
 */
export type CancelResult = 'cancelled' | 'requested' | 'ended' | 'changed' | 'missing'

/** `running`: a worker holds it, so it was left, whatever states were asked for; cancel it first. `changed`: it is in none of them. */
export type DeleteResult = 'deleted' | 'running' | 'changed' | 'missing'

/** One thing that was looked at to find out whether the store can be worked with, in words for an operator. */
export interface Check {
  /** Stable, for machines: 'reach', 'rights', 'schema', 'clock', 'version', 'disk', ... */
  readonly name: string
  /** `warn`: it works, but will not for ever or not well. `unknown`: it could not be looked at, `text` says why. */
  readonly status: 'ok' | 'warn' | 'failed' | 'unknown'
  /** What was found. Never a secret. */
  readonly text: string
  /** What to do about it. */
  readonly fix?: string
}

/**
 * `queued`: it may run now. `live`: it is queued or running already. `blocked`: what it waits for has not opened. `changed`: it is in none
 * of the states that were asked for, so it was left.
 */
export type RetryResult = 'queued' | 'live' | 'blocked' | 'changed' | 'missing'

export interface SchemaStatus {
  /** The store's schema version; 0 when there is none. */
  readonly current: number
  /** The newest version this code knows. */
  readonly wanted: number
  /** The oldest code version that can work with the store as it is. */
  readonly oldestReader: number
  /** Names of the migrations not yet applied. */
  readonly pending: readonly string[]
}

export interface Rescue {
  /** Jobs given back to be run again. */
  readonly requeued: number
  /** Jobs that ended dead: attempts used up or crashed alone too often. */
  readonly dead: readonly string[]
  /** Jobs for which a cancel had been asked for. */
  readonly cancelled: number
  /** Lanes that have something to claim now. */
  readonly lanes: readonly string[]
  /** False when there is more to rescue. */
  readonly done: boolean
}
