/** The store under test beside the model: workers with fixed names, leases that are open, and the comparison of the two. */

import { expect } from 'vitest'
import { isTerminal, newToken } from '#dist/core/index.js'
import type { ClaimedJob, Engine } from '#dist/engine/index.js'
import { newWorker } from '#dist/testing/conformance/index.js'
import type { Model, ModelJob } from './model.js'

const WORKERS = 3

export class Real {
  readonly engine: Engine
  /** The worker id that stands in each place now; a new one comes when one is lost. */
  readonly workers: string[] = []
  /** Every claim ever made, for stale reports. */
  readonly claims: { readonly worker: string; readonly lease: string; readonly job: ClaimedJob }[] = []
  /** Every id ever inserted. */
  readonly ids: string[] = []

  constructor(engine: Engine) {
    this.engine = engine
  }

  async start(): Promise<void> {
    for (let place = 0; place < WORKERS; place++) this.workers.push(await this.#register())
  }

  /** The worker of that place has gone; another comes. */
  async replace(place: number): Promise<void> {
    this.workers[place] = await this.#register()
  }

  async #register(): Promise<string> {
    const info = newWorker({ id: newToken() })
    await this.engine.registerWorker(info)
    return info.id
  }

  /** What can be seen of these jobs, and all counts, are what the model says. */
  async agrees(model: Model, touched: Iterable<ModelJob>): Promise<void> {
    for (const job of new Set(touched)) await this.#sees(model, job)
    const listed = (await this.engine.listQueues()).map((queue) => [queue.name, queue.counts] as const)
    const counted = listed.filter(([, counts]) => Object.values(counts).some((count) => count > 0))
    expect(Object.fromEntries(counted)).toEqual(model.counts())
  }

  async #sees(model: Model, job: ModelJob): Promise<void> {
    const record = await this.engine.getJob({ id: job.id })
    if (!model.jobs.has(job.id)) return expect(record).toBeNull()
    const running = job.state === 'running'
    const holder = model.leases.find((lease) => lease.items.some((item) => item.job === job && item.claim === job.claims))
    expect(record).toMatchObject({
      state: job.state,
      queue: job.queue,
      priority: job.priority,
      attempt: job.used + (running ? 1 : 0),
      worker: running ? holder?.worker : null,
      cancelRequested: running && job.cancelAsked,
    })
    expect(record?.runAt !== null).toBe(job.state === 'scheduled')
    expect(record?.endedAt !== null).toBe(isTerminal(job.state))
    const ends = record?.attempts.filter((attempt) => attempt.worker !== null) ?? []
    expect(ends.map((attempt) => `${attempt.claim} ${attempt.end} ${attempt.used}`)).toEqual(job.history)
  }
}
