/** A random walk through many lives, the same on every engine, and a recount of what it left. */
import assert from 'node:assert/strict'
import { suspectLane } from '../../core/index.js'
import { at, type Bench, ids } from './bench.js'
import { endOf, type Held } from './worker.js'

const HOUR = 3_600_000
const ZERO = { scheduled: 0, blocked: 0, queued: 0, running: 0, succeeded: 0, dead: 0, cancelled: 0 }

/** A number below `limit` from a small generator of its own, so that the walk is the same everywhere. */
export function dice(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

/** The counts that a look at every job gives. */
async function recount(t: Bench, all: readonly string[]): Promise<Map<string, Record<string, number>>> {
  const queues = new Map<string, Record<string, number>>()
  for (const id of all) {
    const job = await t.engine.getJob({ id })
    if (!job) continue
    const counts = queues.get(job.queue) ?? { ...ZERO }
    counts[job.state] = (counts[job.state] ?? 0) + 1
    queues.set(job.queue, counts)
  }
  return queues
}

/** What the store counts is what a recount gives. */
export async function agree(t: Bench, all: readonly string[]): Promise<void> {
  const recounted = await recount(t, all)
  const listed = new Map((await t.engine.listQueues()).map((queue) => [queue.name, queue.counts]))
  for (const [name, counts] of recounted) assert.deepEqual(listed.get(name), counts)
  for (const [name, counts] of listed) if (!recounted.has(name)) assert.deepEqual(counts, ZERO)
}

/** One random step of many lives. */
async function step(t: Bench, roll: (limit: number) => number, all: string[], held: Held[]): Promise<void> {
  const worker = await t.worker()
  const some = () => Array.from({ length: 4 }, () => all[roll(all.length)] ?? '')
  const queue = () => at(['a', 'b', 'c'], roll(3))
  const turns = [
    async () => all.push(...ids(await t.insert(1 + roll(20), () => ({ queue: queue(), ...(roll(3) ? {} : { delayMs: HOUR }) })))),
    async () => held.push(...(await worker.take({ limit: 1 + roll(15), starting: roll(5), from: ['a', 'b', 'c', suspectLane('a')] }))),
    async () => {
      const kinds = ['succeeded', 'dead', 'cancelled', 'retrying', 'snoozed', 'returned'] as const
      const later = { delayMs: roll(2) * HOUR }
      const end = (job: Held, kind: (typeof kinds)[number]) => endOf(job, kind, kind === 'retrying' || kind === 'snoozed' ? later : {})
      await worker.finish(held.splice(0, roll(10)).map((job) => end(job, at(kinds, roll(6)))))
    },
    () => t.engine.cancelJobs({ ids: some(), reason: null }),
    () => t.engine.retryJobs({ ids: some() }),
    () => t.engine.promoteDue({ limit: roll(20), aheadMs: 2 * HOUR }),
    async () => {
      for (const { id, state } of await t.engine.listWorkers())
        if (state === 'live' && roll(3) === 0) await t.engine.retireWorker({ worker: id })
      await t.engine.rescueJobs({ limit: 1000, maxCrashes: 2 })
    },
    async () => {
      if (roll(4) === 0) await t.engine.pruneJobs({ succeededMs: 0, cancelledMs: 0, deadMs: null, limit: 10 })
    },
  ]
  await at(turns, roll(turns.length))()
}

/** Take that many random steps; the ids of all jobs that ever were. */
export async function walk(t: Bench, roll: (limit: number) => number, steps: number): Promise<string[]> {
  const all = ids(await t.insert(10, { queue: 'a' }))
  const held: Held[] = []
  for (let turn = 0; turn < steps; turn++) await step(t, roll, all, held)
  return all
}
