/** When every call must be refused: before there is a schema, after closing, and when the store cannot be reached. */
import assert from 'node:assert/strict'
import { isWorksongError, newId } from '../../core/index.js'
import type { Engine } from '../../engine/index.js'
import type { Bench } from './bench.js'
import { type Case, on } from './case.js'
import { claimRequest, newWorker } from './worker.js'

const EMPTY = { store: 'empty' } as const

/** A harmless call of every method that reaches the store. */
function everyCall(t: Bench, engine: Engine): Record<string, () => Promise<unknown>> {
  const [id, worker] = [newId(), newId()]
  const finish = { worker, ends: [], closing: [] }
  return {
    schemaStatus: () => engine.schemaStatus(),
    migrate: () => engine.migrate(),
    insertJobs: () => engine.insertJobs({ jobs: [t.newJob()] }),
    claim: () => engine.claim({ worker, ...claimRequest(1) }),
    finishIfOwned: () => engine.finishIfOwned({ ...finish, closing: [newId()] }),
    finishThenClaim: () => engine.finishThenClaim({ ...finish, claim: claimRequest(1) }),
    recordIfOwned: () => {
      return engine.recordIfOwned({ progress: [{ lease: newId(), id, claim: 1, entry: 1, body: '1' }], logs: [], maxLines: 1 })
    },
    registerWorker: () => engine.registerWorker(newWorker()),
    beat: () => engine.beat({ worker }),
    pulse: () => engine.pulse({ worker, queues: ['q'] }),
    retireWorker: () => engine.retireWorker({ worker }),
    listWorkers: () => engine.listWorkers(),
    wishWorker: () => engine.wishWorker({ worker, wish: 'quiet' }),
    watchWorker: () => engine.watchWorker({ worker, beat: 0, maxGapMs: 1000 }),
    loseWorkerIfSilent: () => engine.loseWorkerIfSilent({ worker, beat: 0 }),
    rescueJobs: () => engine.rescueJobs({ limit: 1, maxCrashes: 1 }),
    promoteDue: () => engine.promoteDue({ limit: 1 }),
    pruneJobs: () => engine.pruneJobs({ succeededMs: 0, cancelledMs: 0, deadMs: 0, limit: 1 }),
    takeChore: () => engine.takeChore({ name: 'c', everyMs: 1 }),
    cancelJobs: () => engine.cancelJobs({ ids: [id], reason: null }),
    retryJobs: () => engine.retryJobs({ ids: [id] }),
    deleteJobs: () => engine.deleteJobs({ ids: [id] }),
    getJob: () => engine.getJob({ id }),
    listJobs: () => engine.listJobs({ filter: {}, limit: 1 }),
    readLogs: () => engine.readLogs({ id, after: 0, limit: 1 }),
    settledJobs: () => engine.settledJobs({ ids: [id] }),
    listQueues: () => engine.listQueues(),
    pauseQueue: () => engine.pauseQueue({ queue: 'q', by: null, reason: null }),
    resumeQueue: () => engine.resumeQueue({ queue: 'q' }),
  }
}

async function codeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call()
    return 'no error'
  } catch (error) {
    return isWorksongError(error) ? error.code : `not ours: ${String(error)}`
  }
}

/** Every call ends with this code. */
async function allEndWith(code: string, calls: Record<string, () => Promise<unknown>>): Promise<void> {
  const seen: Record<string, string> = {}
  for (const [name, call] of Object.entries(calls)) seen[name] = await codeOf(call)
  assert.deepEqual(seen, Object.fromEntries(Object.keys(calls).map((name) => [name, code])))
}

export const refusalCases: readonly Case[] = [
  on('open', 'unreachable', 'a store that cannot be reached is said so with a code, and can be closed', async (t) => {
    const nowhere = t.store.unreachable()
    assert.match(await codeOf(() => nowhere.open()), /^WS_STORE_/)
    await nowhere.close()
  }),

  on('close', 'twice', 'closing twice is safe', async (t) => {
    await t.engine.close()
    await t.engine.close()
  }),

  on('close', 'after a failed open', 'closing after a failed open is safe, twice, too', async (t) => {
    const nowhere = t.store.unreachable()
    await codeOf(() => nowhere.open())
    await nowhere.close()
    await nowhere.close()
  }),

  on('close', 'then WS_CLOSED', 'every call after it says that the engine is closed', async (t) => {
    await t.engine.close()
    await allEndWith('WS_CLOSED', { ...everyCall(t, t.engine), listen: () => t.engine.listen(() => undefined) })
  }),

  on(
    'migrate',
    'missing is said',
    'without a schema every other call says that it is missing',
    async (t) => {
      const { schemaStatus: _, migrate: __, ...calls } = everyCall(t, t.engine)
      await allEndWith('WS_SCHEMA_MISSING', calls)
    },
    EMPTY,
  ),
]
