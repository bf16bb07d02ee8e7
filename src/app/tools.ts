/** What operations may touch of an app. */
import { prepare } from '../client/index.js'
import { isPromise, type Logger, problemOf, WorksongError } from '../core/index.js'
import type { ClaimedJob, Engine } from '../engine/index.js'
import type { Hooks, Tools } from '../operations/index.js'
import { runHere, Worker, type WorkerSettings } from '../worker/index.js'
import { within } from './context.js'
import { type Core, enqueuerOptions } from './core.js'
import type { Settings } from './options.js'
import { isOwn, openStore } from './store.js'
import { VERSION } from './version.js'

export interface ToolParts {
  readonly settings: Settings
  /** Absent for those that need none. */
  readonly engine: Engine | undefined
  open(): Promise<Core>
  /** @param tell whether the log is to have it when it failed */
  readonly onEnd: (...args: [...Parameters<WorkerSettings['onEnd']>, tell: boolean]) => void
}

export function toolsOf(parts: ToolParts, hooks: Hooks): Tools {
  const { settings, open } = parts
  return {
    ...hooks,
    get engine() {
      if (parts.engine) return parts.engine
      throw new WorksongError('WS_CLOSED', 'This operation works without a store')
    },
    jobs: settings.jobs,
    config: settings,
    enqueue: async (job, input, options) => (await open()).enqueuer.enqueue(job, input, options),
    enqueueMany: async (job, inputs, options) => (await open()).enqueuer.enqueueMany(job, inputs, options),
    worker: (wish) => new Worker(workerSettings(parts, hooks, wish)),
    async runHere(job, input) {
      const made = prepare(job, input, undefined, enqueuerOptions(settings))
      const { job: entry } = isPromise(made) ? await made : made
      const claimed: ClaimedJob = { ...entry, claim: 1, used: 0, extras: entry.extras, entry: 0 }
      const { logger, maxPayloadBytes } = settings
      const runInThread: WorkerSettings['runInThread'] = async (attempt) => (await open()).threads.run(attempt)
      const { signal, watch } = hooks
      return runHere(claimed, job, { within, runInThread, maxResultBytes: maxPayloadBytes, logger, signal, watch })
    },
    diagnose: () => diagnose(parts),
  }
}

function workerSettings(parts: ToolParts, { watch }: Hooks, wish: Parameters<Tools['worker']>[0]): WorkerSettings {
  const { leaseMs, maxBlockedMs, maxPayloadBytes, logger } = parts.settings
  return {
    engine: parts.engine as Engine,
    definitions: new Map(wish.jobs.map((job) => [job.name, job])),
    queues: wish.queues,
    queueCaps: new Map(),
    concurrency: wish.concurrency,
    name: wish.name,
    labels: [],
    version: VERSION,
    leaseMs,
    maxBlockedMs,
    maxResultBytes: maxPayloadBytes,
    logger: logger && troubleOnly(logger),
    graceMs: 0,
    only: wish.only,
    watch,
    onClaimed: (count) => wish.onClaimed?.(count),
    prepare: async () => undefined,
    within,
    runInThread: async (attempt) => (await parts.open()).threads.run(attempt),
    onEnd(end, attempt) {
      // Whoever watches reports the end itself.
      parts.onEnd(end, attempt, watch === undefined)
      wish.onEnd?.(end, attempt?.abortedWith ?? attempt?.thrown)
    },
    onPulse: () => undefined,
    onStopped: async () => undefined,
  }
}

/** That a worker comes and goes is no news to who has just asked for it. */
function troubleOnly(logger: Logger): Logger {
  return {
    debug: () => undefined,
    info: (fields, message) => ('code' in fields && fields.code === 'job.log' ? logger.info(fields, message) : undefined),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  }
}

async function diagnose({ settings, engine }: ToolParts): ReturnType<Tools['diagnose']> {
  if (engine) return engine.diagnose()
  try {
    const other = await openStore(settings.store)
    try {
      return await other.diagnose()
    } finally {
      if (isOwn(settings.store)) await other.close()
    }
  } catch (error) {
    const { fix } = error as WorksongError
    return [{ name: 'reach', status: 'failed', text: problemOf(error as WorksongError), ...(fix ? { fix } : {}) }]
  }
}
