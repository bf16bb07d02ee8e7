/** A store in memory, as simple as it can be said: what every command of the model-based test should have done. Time is counted in hours. */

import { isTerminal, type JobState, suspectLane } from '#dist/core/index.js'
import type { ClaimEnd, QueueRecord } from '#dist/engine/index.js'

export interface ModelJob {
  readonly id: string
  readonly queue: string
  readonly priority: number
  readonly maxAttempts: number
  /** Its place in the order of enqueueing. */
  readonly order: number
  state: JobState
  lane: string
  /** For scheduled jobs: due in so many hours. */
  dueIn: number
  claims: number
  used: number
  cancelAsked: boolean
  /** Times lost before and while running alone, since it was last given all its attempts. */
  lostWaiting: number
  lostRunning: number
  lostAlone: number
  /** `claim end used` of every claim, and of a cancel while waiting. */
  history: string[]
}

/** A lease whose jobs the model knows; `started` of them, in order, count as begun. */
export interface ModelLease {
  readonly lease: string
  readonly worker: string
  readonly items: readonly { readonly job: ModelJob; readonly claim: number }[]
  readonly alone: boolean
  started: number
}

const MAX_LOST_STARTED = 2
const MAX_LOST_WAITING = 3
const COUNTED: ReadonlySet<string> = new Set(['queued', 'scheduled', 'running', 'succeeded', 'dead', 'cancelled', 'blocked'])

export class Model {
  readonly jobs = new Map<string, ModelJob>()
  readonly paused = new Set<string>()
  leases: ModelLease[] = []
  #order = 0

  insert(id: string, queue: string, priority: number, maxAttempts: number, dueIn: number): ModelJob {
    const fresh = { state: dueIn > 0 ? 'scheduled' : 'queued', lane: queue, claims: 0, used: 0, cancelAsked: false } as const
    const counts = { lostWaiting: 0, lostRunning: 0, lostAlone: 0, history: [] }
    const job: ModelJob = { id, queue, priority, maxAttempts, order: this.#order++, dueIn, ...fresh, ...counts }
    this.jobs.set(id, job)
    return job
  }

  /** The queued jobs of a lane, in the order in which they run. */
  ready(lane: string): ModelJob[] {
    const jobs = [...this.jobs.values()].filter((job) => job.state === 'queued' && job.lane === lane && !this.paused.has(job.queue))
    return jobs.sort((a, b) => a.priority - b.priority || a.order - b.order)
  }

  claim(worker: string, lease: string, lanes: readonly string[], limit: number, starting: number, alone: boolean): ModelJob[] {
    const taken = lanes.flatMap((lane) => this.ready(lane)).slice(0, limit)
    return this.#hold(taken, worker, lease, starting, alone)
  }

  /** Whatever lane they wait in, paused or not, and whenever they are due. */
  claimThese(worker: string, lease: string, ids: readonly string[]): ModelJob[] {
    const asked = [...this.jobs.values()].filter((job) => ids.includes(job.id))
    const waiting = asked.filter((job) => job.state === 'queued' || job.state === 'scheduled')
    return this.#hold(waiting, worker, lease, ids.length, false)
  }

  #hold(taken: ModelJob[], worker: string, lease: string, starting: number, alone: boolean): ModelJob[] {
    for (const job of taken) {
      job.state = 'running'
      job.claims++
    }
    const items = taken.map((job) => ({ job, claim: job.claims }))
    if (items.length > 0) this.leases.push({ lease, worker, items, alone, started: Math.min(starting, items.length) })
    return taken
  }

  /** What a lease still holds: claims without an end. */
  open(lease: ModelLease): ModelJob[] {
    return lease.items.filter(({ job, claim }) => job.state === 'running' && job.claims === claim).map(({ job }) => job)
  }

  /** The end as it should be written, which a cancel may have changed. */
  finish(job: ModelJob, end: ClaimEnd['end'], used: number, delayHours: number, lane: string): 'accepted' | 'cancelled' {
    const last = end === 'succeeded' || end === 'dead' || end === 'cancelled' ? end : job.cancelAsked ? 'cancelled' : undefined
    this.#end(job, last ?? end, used)
    if (last) job.state = last
    else {
      job.state = end !== 'returned' && delayHours > 0 ? 'scheduled' : 'queued'
      job.dueIn = delayHours
      job.lane = end === 'returned' ? lane : job.queue
    }
    return last !== undefined && last !== end ? 'cancelled' : 'accepted'
  }

  cancel(id: string, states: ReadonlySet<JobState> | undefined): string {
    const job = this.jobs.get(id)
    if (!job) return 'missing'
    if (states && !states.has(job.state)) return 'changed'
    if (isTerminal(job.state)) return 'ended'
    if (job.state === 'running') {
      job.cancelAsked = true
      return 'requested'
    }
    // The end of a job that had no claim under way takes the number of the next one.
    job.claims++
    job.state = 'cancelled'
    return 'cancelled'
  }

  retry(id: string, states: ReadonlySet<JobState> | undefined): string {
    const job = this.jobs.get(id)
    if (!job) return 'missing'
    if (states && !states.has(job.state)) return 'changed'
    if (job.state === 'queued' || job.state === 'running') return 'live'
    if (isTerminal(job.state)) Object.assign(job, { used: 0, lostWaiting: 0, lostRunning: 0, lostAlone: 0 })
    job.state = 'queued'
    job.lane = job.queue
    return 'queued'
  }

  /** Gone with everything; a job that a worker holds is left. */
  delete(id: string, states: ReadonlySet<JobState> | undefined): string {
    const job = this.jobs.get(id)
    if (!job) return 'missing'
    if (job.state === 'running') return 'running'
    if (states && !states.has(job.state)) return 'changed'
    this.jobs.delete(id)
    return 'deleted'
  }

  promote(hours: number): ModelJob[] {
    const due = [...this.jobs.values()].filter((job) => job.state === 'scheduled' && job.dueIn <= hours)
    for (const job of due) Object.assign(job, { state: 'queued', lane: job.queue })
    return due
  }

  /** All that a worker held is given back, ended dead, or cancelled. */
  rescue(worker: string, maxCrashes: number): { requeued: number; dead: string[]; cancelled: number; touched: ModelJob[] } {
    const result = { requeued: 0, dead: [] as string[], cancelled: 0, touched: [] as ModelJob[] }
    for (const lease of this.leases.filter((each) => each.worker === worker)) {
      for (const [index, { job, claim }] of lease.items.entries()) {
        if (job.state !== 'running' || job.claims !== claim) continue
        const state = this.#rescueOne(job, index < lease.started, lease.alone, maxCrashes)
        if (state === 'queued') result.requeued++
        else if (state === 'dead') result.dead.push(job.id)
        else result.cancelled++
        result.touched.push(job)
      }
    }
    this.leases = this.leases.filter((each) => each.worker !== worker)
    return result
  }

  #rescueOne(job: ModelJob, started: boolean, alone: boolean, maxCrashes: number): JobState {
    const used = started ? job.used + 1 : job.used
    if (!started) job.lostWaiting++
    else if (alone) job.lostAlone++
    else job.lostRunning++
    const crashed = started && alone && job.lostAlone >= maxCrashes
    const dead = started && (used >= job.maxAttempts || crashed)
    const end = job.cancelAsked ? 'cancelled' : dead ? 'dead' : started ? (alone ? 'lost-alone' : 'lost-running') : 'lost-waiting'
    job.state = end === 'cancelled' || end === 'dead' ? end : 'queued'
    const suspect = job.lostRunning + job.lostAlone >= MAX_LOST_STARTED || job.lostWaiting >= MAX_LOST_WAITING
    job.lane = suspect ? suspectLane(job.queue) : job.queue
    this.#end(job, end, used)
    return job.state
  }

  #end(job: ModelJob, end: string, used: number): void {
    job.history.push(`${job.claims} ${end} ${used}`)
    job.used = used
    job.cancelAsked = false
  }

  prune(states: ReadonlySet<JobState>): number {
    const gone = [...this.jobs.values()].filter((job) => states.has(job.state) && isTerminal(job.state))
    for (const job of gone) this.jobs.delete(job.id)
    return gone.length
  }

  /** What listQueues should count, queues without jobs left out. */
  counts(): Record<string, QueueRecord['counts']> {
    const queues: Record<string, Record<string, number>> = {}
    for (const job of this.jobs.values()) {
      queues[job.queue] ??= Object.fromEntries([...COUNTED].map((state) => [state, 0]))
      const counts = queues[job.queue]
      if (counts) counts[job.state] = (counts[job.state] ?? 0) + 1
    }
    return queues as Record<string, QueueRecord['counts']>
  }
}
