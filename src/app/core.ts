/** What an app has once its store is open: engine, enqueuer, waiters, threads. */
import { Enqueuer, type EnqueuerOptions } from '../client/index.js'
import { type Logger, WorksongError } from '../core/index.js'
import { type Engine, type EngineCall, observed, refuseNewer } from '../engine/index.js'
import { ThreadPool } from '../worker/index.js'
import { enqueueContext } from './context.js'
import type { Settings } from './options.js'
import { openStore } from './store.js'
import { Waiters } from './waiters.js'

export interface Core {
  readonly engine: Engine
  readonly enqueuer: Enqueuer
  readonly waiters: Waiters
  readonly threads: ThreadPool
}

/** Slower calls of the store are worth a line in the log. */
const SLOW_MS = 5000

/** Connect to the store, and see that its schema and this code fit. A store that the caller made stays his: it can be tried again. */
export async function openCore(settings: Settings): Promise<Core> {
  const raw = await openStore(settings.store)
  const engine = observed(raw, (call) => reportSlow(settings.logger, call))
  try {
    await engine.open({ ifMissing: settings.migrate ? 'create' : 'refuse' })
    await checkSchema(engine, settings)
  } catch (error) {
    if (typeof settings.store === 'string') await raw.close().catch(() => undefined)
    throw error
  }
  const enqueuer = new Enqueuer(engine, enqueuerOptions(settings))
  return { engine, enqueuer, waiters: new Waiters(engine), threads: new ThreadPool() }
}

/** What an enqueue needs to know before there is a store. */
export function enqueuerOptions({ maxPayloadBytes, patienceMs }: Settings): EnqueuerOptions {
  return { maxPayloadBytes, patienceMs, context: enqueueContext }
}

/** Connect without looking at the schema, and make no file yet: for the commands that mend it, or only say what they would do. */
export async function openRaw(settings: Settings): Promise<Engine> {
  const engine = await openStore(settings.store)
  try {
    await engine.open({ ifMissing: 'defer' })
    return engine
  } catch (error) {
    await engine.close().catch(() => undefined)
    throw error
  }
}

async function checkSchema(engine: Engine, settings: Settings): Promise<void> {
  const status = await engine.schemaStatus()
  refuseNewer(status)
  const { current, wanted, pending } = status
  if (pending.length === 0) return
  if (!settings.migrate) {
    const code = current === 0 ? 'WS_SCHEMA_MISSING' : 'WS_SCHEMA_OLD'
    throw new WorksongError(code, `The schema of ${engine.place} is at version ${current}, this code needs ${wanted}`, {
      fix: "Run 'worksong migrate'.",
    })
  }
  const applied = await engine.migrate()
  if (applied.length > 0)
    settings.logger?.info({ code: 'store.migrated', applied, store: engine.place }, 'the schema was brought up to date')
}

function reportSlow(logger: Logger | undefined, call: EngineCall): void {
  if (call.ms < SLOW_MS) return
  logger?.warn(
    { code: 'store.slow', method: call.method, ms: Math.round(call.ms) },
    `the store took ${Math.round(call.ms)} ms for ${call.method}`,
  )
}
