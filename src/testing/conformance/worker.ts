/** A worker as a store sees it: claims, ends, and nothing that runs by itself. */
import { newToken } from '../../core/index.js'
import type { ClaimEnd, Claimed, ClaimedJob, ClaimRequest, Engine, FinishRequest, FinishResult, WorkerInfo } from '../../engine/index.js'

/** A claimed job with the lease that it is held under. */
export type Held = ClaimedJob & { readonly lease: string }

/** What a case says about a claim: a number of jobs from lane `q`, or more. By default all claimed jobs are started. */
export type ClaimOptions = number | (Partial<ClaimRequest> & { readonly from?: readonly string[] })

export function newWorker(overrides: Partial<WorkerInfo> = {}): WorkerInfo {
  return {
    id: newToken(),
    name: 'tester',
    host: 'here',
    pid: 1,
    version: '0.0.0',
    queues: ['q'],
    kinds: ['k'],
    labels: [],
    concurrency: 10,
    leaseMs: 15_000,
    ...overrides,
  }
}

export function claimRequest(options: ClaimOptions): ClaimRequest {
  const { from = ['q'], ...given } = typeof options === 'number' ? { limit: options } : options
  const limit = given.limit ?? 100
  return { lease: newToken(), limit, starting: limit, lanes: from.map((lane) => ({ lane, limit })), ...given }
}

export function held(claimed: Claimed): Held[] {
  return claimed.jobs.map((job) => ({ ...job, lease: claimed.lease }))
}

/** The end of a held claim; `used` counts the attempt where it counts. */
export function endOf(job: Held, end: ClaimEnd['end'], more: Partial<ClaimEnd> = {}): ClaimEnd {
  const { lease, id, claim, entry, queue } = job
  const used = job.used + (end === 'snoozed' || end === 'returned' ? 0 : 1)
  const delay = end === 'retrying' || end === 'snoozed' ? { delayMs: 0 } : {}
  return { lease, id, claim, entry, queue, end, used, ranMs: end === 'returned' ? null : 1, body: null, ...delay, ...more }
}

/** Only what finishing answers, with the two lists of indexes, whose order says nothing, in order. */
function inOrder({ refused, cancelled, lost }: FinishResult): FinishResult {
  const sorted = (indexes: readonly number[]) => [...indexes].sort((a, b) => a - b)
  return { refused: sorted(refused), cancelled: sorted(cancelled), ...(lost ? { lost } : {}) }
}

export class TestWorker {
  readonly engine: Engine
  readonly info: WorkerInfo
  readonly id: string

  constructor(engine: Engine, info: WorkerInfo) {
    this.engine = engine
    this.info = info
    this.id = info.id
  }

  claim(options: ClaimOptions = 100): Promise<Claimed> {
    return this.engine.claim({ worker: this.id, ...claimRequest(options) })
  }

  /** Claim, and give the jobs with their lease. */
  async take(options: ClaimOptions = 100): Promise<Held[]> {
    return held(await this.claim(options))
  }

  /** Report ends; by default their leases stay open. */
  async finish(ends: readonly ClaimEnd[], more: Partial<FinishRequest> = {}): Promise<FinishResult> {
    return inOrder(await this.engine.finishIfOwned({ worker: this.id, ends, closing: [], ...more }))
  }

  /** Report the same end for all of one lease's jobs and close it. */
  finishAll(jobs: readonly Held[], end: ClaimEnd['end'], more: Partial<ClaimEnd> = {}): Promise<FinishResult> {
    return this.finish(
      jobs.map((job) => endOf(job, end, more)),
      { closing: [...new Set(jobs.map((job) => job.lease))] },
    )
  }

  /** Report ends, close their leases, and claim. */
  async finishThenClaim(ends: readonly ClaimEnd[], options: ClaimOptions): Promise<FinishResult & { claimed: Claimed }> {
    const closing = [...new Set(ends.map((end) => end.lease))]
    const answer = await this.engine.finishThenClaim({ worker: this.id, ends, closing, claim: claimRequest(options) })
    return { ...inOrder(answer), claimed: answer.claimed }
  }

  retire(): Promise<void> {
    return this.engine.retireWorker({ worker: this.id })
  }

  /** Declare this worker lost, as a sweeper would that saw its counter stand still. */
  async lose(): Promise<boolean> {
    const record = (await this.engine.listWorkers()).find((worker) => worker.id === this.id)
    return this.engine.loseWorkerIfSilent({ worker: this.id, beat: record?.beat ?? 0 })
  }
}
