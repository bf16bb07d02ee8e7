/** Ends of claims: right ones, and reports that come too late or twice. */

import { expect } from 'vitest'
import { newToken, suspectLane } from '#dist/core/index.js'
import type { ClaimEnd } from '#dist/engine/index.js'
import { endOf } from '#dist/testing/conformance/index.js'
import { Command, HOUR } from './commands.js'
import type { Model, ModelJob, ModelLease } from './model.js'
import type { Real } from './real.js'

export interface Plan {
  readonly end: ClaimEnd['end']
  readonly hours: number
  readonly suspect: boolean
}

/** The end that a worker would write for a job of a lease. */
function written(real: Real, lease: ModelLease, job: ModelJob, plan: Plan): ClaimEnd {
  const claimed = real.claims.find((claim) => claim.lease === lease.lease && claim.job.id === job.id)
  if (!claimed) throw new Error(`no claim of ${job.id} was seen`)
  // A failure of the last attempt is a death.
  const end = plan.end === 'retrying' && job.used + 1 >= job.maxAttempts ? 'dead' : plan.end
  const delay = end === 'retrying' || end === 'snoozed' ? { delayMs: plan.hours * HOUR } : {}
  const lane = end === 'returned' && plan.suspect ? { lane: suspectLane(job.queue) } : {}
  return endOf({ ...claimed.job, lease: lease.lease }, end, { ...delay, ...lane, body: '"model"' })
}

/** Apply to the model what the store should have accepted; the indexes that a cancel turned. */
function applied(jobs: readonly ModelJob[], ends: readonly ClaimEnd[], model: Model): number[] {
  return jobs.flatMap((job, index) => {
    const end = ends[index]
    if (!end) return []
    const result = model.finish(job, end.end, end.used, (end.delayMs ?? 0) / HOUR, end.lane ?? job.queue)
    return result === 'cancelled' ? [index] : []
  })
}

/** End the first `count` jobs that a lease holds, by these plans in turn; the lease closes with its last. Then perhaps send it all again. */
export function finish(number: number, count: number, plans: readonly Plan[], again: boolean): Command {
  return new Command(`finish ${count} of lease ${number} as ${JSON.stringify(plans)}${again ? ', twice' : ''}`, async (model, real) => {
    const lease = model.leases[number % Math.max(model.leases.length, 1)]
    if (!lease) return []
    const jobs = model.open(lease).slice(0, count)
    const ends = jobs.map((job, index) =>
      written(real, lease, job, plans[index % plans.length] ?? { end: 'succeeded', hours: 0, suspect: false }),
    )
    const rest = model.open(lease).length - jobs.length
    const started = lease.items.findIndex(({ job }) => job === jobs.at(-1)) + 1
    if (rest > 0) lease.started = Math.max(lease.started, started)
    const closing = rest === 0 ? { closing: [lease.lease] } : { closing: [], started: [{ lease: lease.lease, count: started }] }
    const answer = await real.engine.finishIfOwned({ worker: lease.worker, ends, ...closing })
    const cancelled = applied(jobs, ends, model)
    expect({ refused: answer.refused, cancelled: [...answer.cancelled].sort((a, b) => a - b) }).toEqual({ refused: [], cancelled })
    if (rest === 0) model.leases = model.leases.filter((each) => each !== lease)
    if (again) expect((await real.engine.finishIfOwned({ worker: lease.worker, ends, ...closing })).refused).toEqual([])
    return jobs
  })
}

/** A claim that has ended, or was lost, is reported with an end that it did not have; nothing may come of it. */
export function staleFinish(number: number): Command {
  return new Command(`stale report of claim ${number}`, async (model, real) => {
    const claim = real.claims[number % Math.max(real.claims.length, 1)]
    const job = claim && model.jobs.get(claim.job.id)
    if (!claim || !job) return []
    const over = job.history.find((entry) => entry.startsWith(`${claim.job.claim} `))
    const held = { ...claim.job, lease: over ? claim.lease : newToken() }
    const end = over?.includes(' succeeded ') ? 'dead' : 'succeeded'
    const answer = await real.engine.finishIfOwned({ worker: claim.worker, ends: [endOf(held, end)], closing: [] })
    expect([answer.refused, answer.cancelled]).toEqual([[0], []])
    return [job]
  })
}
