/** The commands of the model-based test: each does one thing to the store and to the model, and compares what can be seen. */

import { expect } from 'vitest'
import { type JobState, newId, newToken, suspectLane } from '#dist/core/index.js'
import type { NewJob } from '#dist/engine/index.js'
import type { Model, ModelJob } from './model.js'
import type { Real } from './real.js'

export const QUEUES = ['a', 'b'] as const
export const HOUR = 3_600_000
const MAX_CRASHES = 2

/** One step: fast-check runs it, shrinks lists of it, and prints it. */
export class Command {
  readonly #text: string
  readonly #step: (model: Model, real: Real) => Promise<Iterable<ModelJob>>

  constructor(text: string, step: (model: Model, real: Real) => Promise<Iterable<ModelJob>>) {
    this.#text = text
    this.#step = step
  }

  check(): boolean {
    return true
  }

  async run(model: Model, real: Real): Promise<void> {
    await real.agrees(model, await this.#step(model, real))
  }

  toString(): string {
    return this.#text
  }
}

export interface Draft {
  readonly queue: number
  readonly priority: number
  readonly maxAttempts: number
  readonly hours: number
}

export function insert(drafts: readonly Draft[]): Command {
  return new Command(`insert ${JSON.stringify(drafts)}`, async (model, real) => {
    const jobs = drafts.map(({ queue, priority, maxAttempts, hours }): NewJob => {
      const delay = hours > 0 ? { delayMs: hours * HOUR } : {}
      return { id: newId(), queue: QUEUES[queue] ?? 'a', kind: 'k', priority, maxAttempts, payload: '{}', ...delay }
    })
    expect(await real.engine.insertJobs({ jobs })).toEqual(jobs.map(() => 'inserted'))
    real.ids.push(...jobs.map((job) => job.id))
    return jobs.map((job, index) => model.insert(job.id, job.queue, job.priority, job.maxAttempts, drafts[index]?.hours ?? 0))
  })
}

export function claim(place: number, queues: readonly number[], limit: number, starting: number): Command {
  return claimFrom(
    place,
    queues.map((queue) => QUEUES[queue] ?? 'a'),
    limit,
    starting,
    false,
  )
}

/** As a worker takes a suspect: one, started, and alone. */
export function claimSuspect(place: number, queue: number): Command {
  return claimFrom(place, [suspectLane(QUEUES[queue] ?? 'a')], 1, 1, true)
}

function claimFrom(place: number, lanes: readonly string[], limit: number, starting: number, alone: boolean): Command {
  return new Command(
    `claim by ${place} from ${lanes.join()} ${limit}, starting ${starting}${alone ? ', alone' : ''}`,
    async (model, real) => {
      const worker = real.workers[place] ?? ''
      const request = { lease: newToken(), lanes: lanes.map((lane) => ({ lane, limit })), limit, starting, alone }
      const claimed = await real.engine.claim({ worker, ...request })
      const taken = model.claim(worker, request.lease, lanes, limit, starting, alone)
      expect(claimed.jobs.map(({ id, claim: number, used }) => [id, number, used])).toEqual(
        taken.map((job) => [job.id, job.claims, job.used]),
      )
      expect(claimed.more).toBe(lanes.some((lane) => model.ready(lane).length > 0))
      for (const job of claimed.jobs) real.claims.push({ worker, lease: claimed.lease, job })
      return taken
    },
  )
}

function inStates(states: readonly JobState[] | undefined): string {
  return states ? ` if ${states.join()}` : ''
}

export function cancel(picks: readonly number[], states: readonly JobState[] | undefined): Command {
  return new Command(`cancel ${picks.join()}${inStates(states)}`, async (model, real) => {
    const ids = pick(real, picks)
    const results = await real.engine.cancelJobs({ ids, reason: 'model', ...(states ? { states } : {}) })
    expect(results).toEqual(ids.map((id) => model.cancel(id, states && new Set(states))))
    return known(model, ids)
  })
}

export function retry(picks: readonly number[], states: readonly JobState[] | undefined): Command {
  return new Command(`retry ${picks.join()}${inStates(states)}`, async (model, real) => {
    const ids = pick(real, picks)
    const results = await real.engine.retryJobs({ ids, ...(states ? { states } : {}) })
    expect(results).toEqual(ids.map((id) => model.retry(id, states && new Set(states))))
    return known(model, ids)
  })
}

/** Perhaps those that were deleted are enqueued anew, under the same ids. */
export function remove(picks: readonly number[], states: readonly JobState[] | undefined, anew: boolean): Command {
  return new Command(`delete ${picks.join()}${inStates(states)}${anew ? ', enqueued anew' : ''}`, async (model, real) => {
    const ids = pick(real, picks)
    const jobs = known(model, ids)
    const results = await real.engine.deleteJobs({ ids, ...(states ? { states } : {}) })
    expect(results).toEqual(ids.map((id) => model.delete(id, states && new Set(states))))
    const gone = jobs.filter((job) => !model.jobs.has(job.id))
    if (!anew || gone.length === 0) return jobs
    const fresh = gone.map(({ id, queue, priority, maxAttempts }) => ({ id, queue, priority, maxAttempts, kind: 'k', payload: '{}' }))
    expect(await real.engine.insertJobs({ jobs: fresh })).toEqual(fresh.map(() => 'inserted'))
    return [
      ...jobs.filter((job) => !gone.includes(job)),
      ...fresh.map((job) => model.insert(job.id, job.queue, job.priority, job.maxAttempts, 0)),
    ]
  })
}

/** An operator runs jobs by hand: just these, wherever they wait. The order of those that came in one statement is the store's affair. */
export function claimThese(place: number, picks: readonly number[]): Command {
  return new Command(`claim ${picks.join()} by ${place}`, async (model, real) => {
    const worker = real.workers[place] ?? ''
    const only = pick(real, picks)
    const request = { lease: newToken(), lanes: [], limit: only.length, starting: only.length, alone: false, only }
    const claimed = await real.engine.claim({ worker, ...request })
    const taken = model.claimThese(worker, request.lease, only)
    const seen = new Map(claimed.jobs.map(({ id, claim: number, used }) => [id, [number, used]]))
    expect(seen).toEqual(new Map(taken.map((job) => [job.id, [job.claims, job.used]])))
    for (const job of claimed.jobs) real.claims.push({ worker, lease: claimed.lease, job })
    return taken
  })
}

export function promote(hours: number): Command {
  return new Command(`promote ${hours} h ahead`, async (model, real) => {
    const { promoted, lanes } = await real.engine.promoteDue({ limit: 1000, aheadMs: hours * HOUR + HOUR / 2 })
    const due = model.promote(hours)
    expect(promoted).toBe(due.length)
    expect(new Set(lanes)).toEqual(new Set(due.map((job) => job.queue)))
    return due
  })
}

/** The worker goes by itself or is declared lost; what it held is rescued. */
export function lose(place: number, how: 'lost' | 'retired'): Command {
  return new Command(`worker ${place} ${how}`, async (model, real) => {
    const worker = real.workers[place] ?? ''
    const beat = (await real.engine.listWorkers()).find(({ id }) => id === worker)?.beat ?? 0
    if (how === 'lost') expect(await real.engine.loseWorkerIfSilent({ worker, beat })).toBe(true)
    else await real.engine.retireWorker({ worker })
    const rescued = await real.engine.rescueJobs({ limit: 1000, maxCrashes: MAX_CRASHES })
    const { touched, ...expected } = model.rescue(worker, MAX_CRASHES)
    expect({ ...rescued, dead: [...rescued.dead].sort() }).toMatchObject({ ...expected, dead: expected.dead.sort(), done: true })
    await real.replace(place)
    return touched
  })
}

export function pause(queue: number): Command {
  return new Command(`pause ${queue}`, async (model, real) => {
    await real.engine.pauseQueue({ queue: QUEUES[queue] ?? 'a', by: 'model', reason: null })
    model.paused.add(QUEUES[queue] ?? 'a')
    return []
  })
}

export function resume(queue: number): Command {
  return new Command(`resume ${queue}`, async (model, real) => {
    await real.engine.resumeQueue({ queue: QUEUES[queue] ?? 'a' })
    model.paused.delete(QUEUES[queue] ?? 'a')
    return []
  })
}

export function prune(states: readonly ('succeeded' | 'cancelled' | 'dead')[]): Command {
  return new Command(`prune ${states.join()}`, async (model, real) => {
    const now = async () => (await real.engine.pulse({ worker: newToken(), queues: [] })).now
    const start = await now()
    while ((await now()) <= start + 1) await new Promise((resolve) => setTimeout(resolve, 1))
    const age = (state: (typeof states)[number]) => (states.includes(state) ? 0 : null)
    const ages = { succeededMs: age('succeeded'), cancelledMs: age('cancelled'), deadMs: age('dead') }
    let pruned = 0
    for (let after: string | null = ''; after !== null; ) {
      const step: { pruned: number; next: string | null } = await real.engine.pruneJobs({ ...ages, limit: 25, ...(after ? { after } : {}) })
      pruned += step.pruned
      after = step.next
    }
    const all = [...model.jobs.values()]
    expect(pruned).toBe(model.prune(new Set(states)))
    return all
  })
}

function pick(real: Real, picks: readonly number[]): string[] {
  const ids = picks.map((number) => real.ids[number % Math.max(real.ids.length, 1)] ?? newId())
  return [...new Set(ids)]
}

function known(model: Model, ids: readonly string[]): ModelJob[] {
  return ids.map((id) => model.jobs.get(id)).filter((job) => job !== undefined)
}
