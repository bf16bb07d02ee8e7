/** Real stores for the tests of the rooms above the engines: open, migrated, and gone when the test ends. */
import { onTestFinished } from 'vitest'
import type { Engine } from '#dist/engine/index.js'
import type { CallerTransaction, StoreMaker } from '#dist/testing/conformance/index.js'
import { postgresServer, sqliteFile, sqliteMemory } from './engines.js'

/** One of each kind. */
export const makers: readonly StoreMaker[] = [sqliteMemory, postgresServer]
/** Those that a second connection can reach. */
export const sharedMakers: readonly StoreMaker[] = [sqliteFile, postgresServer]

export interface Place {
  /** Another engine on the store, not opened. */
  engine(): Engine
  begin(): Promise<CallerTransaction>
}

/** A new store, without a schema. */
export async function newPlace(maker: StoreMaker): Promise<Place> {
  const store = await maker.make()
  onTestFinished(() => store.discard(true))
  return store
}

/** An engine on a store, open and migrated; closed when the test ends. */
export async function openEngine(place: Place): Promise<Engine> {
  const engine = place.engine()
  onTestFinished(() => engine.close())
  await engine.open()
  await engine.migrate()
  return engine
}

/** An engine on a new store, open and migrated. */
export async function newEngine(maker: StoreMaker): Promise<Engine> {
  return openEngine(await newPlace(maker))
}

/** The error that a promise ends with; undefined when it did not. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** The error that a call throws; undefined when it did not. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call()
    return undefined
  } catch (error) {
    return error
  }
}

/** How many jobs the store has in all. */
export async function jobsIn(engine: Engine): Promise<number> {
  const queues = await engine.listQueues()
  return queues.reduce((sum, queue) => sum + Object.values(queue.counts).reduce((a, b) => a + b, 0), 0)
}
