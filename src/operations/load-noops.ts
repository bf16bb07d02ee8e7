/** No-op jobs in a queue of their own: put in, drained by a worker in this process, counted, and taken away again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob } from '../client/index.js'
import { type JobDefinition, type JobState, newToken, typed } from '../core/index.js'
import type { Worker } from '../worker/index.js'
import { number } from './bulk.js'
import { deleteBulk } from './jobs-delete.js'
import type { LoadInput } from './load.js'
import { enqueueLoad, perSecond } from './load-enqueue.js'
import { LOAD_QUEUE } from './load-queue.js'
import { persist } from './persist.js'
import { lines } from './table.js'
import type { Tools } from './tools.js'

export interface NoopLoad {
  readonly queue: string
  readonly jobs: number
  readonly enqueued: number
  readonly enqueuePerSecond: number
  readonly drained: number
  readonly drainPerSecond: number
  /** From the call of enqueue to the handler, in ms: at the asked rate, else one job after another in an idle queue. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly jobs: number } | null
  /** Jobs beside those asked for, whose latency was measured. */
  readonly probes: number
  /** `balanced`: every job that went in has succeeded, each once. */
  readonly accounts: {
    readonly in: number
    readonly succeeded: number
    readonly runs: number
    readonly left: number
    readonly balanced: boolean
  }
  /** Queues of other loads that hold jobs: of one that was killed, or one that runs now. */
  readonly leftovers: readonly { readonly queue: string; readonly states: Readonly<Partial<Record<JobState, number>>> }[]
  readonly kept: boolean
  readonly interrupted: boolean
}

const DEFAULT_BYTES = 200
const DEFAULT_CONCURRENCY = 20
const PROBES = 100
const POLL_MS = 1
/** Without any job having run for as long, something is lost: the accounts say what. */
const STALLED_MS = 30_000

interface Bench {
  readonly tools: Tools
  readonly job: JobDefinition
  readonly worker: Worker
  readonly filling: string
  readonly latencies: number[]
  /** Whether latencies are taken now. */
  sampling: boolean
  runs: number
}

export async function drainNoops(tools: Tools, input: LoadInput): Promise<NoopLoad> {
  const bench = setUp(tools, input)
  try {
    return await measure(bench, input)
  } finally {
    await bench.worker.stop({ grace: 0 })
    if (!input.keep) await clear(bench)
  }
}

function setUp(tools: Tools, { rate, size = DEFAULT_BYTES, concurrency = DEFAULT_CONCURRENCY }: LoadInput): Bench {
  const queue = `${LOAD_QUEUE}${newToken().slice(0, 8)}`
  const run = ([sent]: [number, string]) => {
    bench.runs++
    if (bench.sampling) bench.latencies.push(performance.now() - sent)
  }
  const job = defineJob({ name: 'worksong.load', queue, input: typed<[sent: number, filling: string]>(), run })
  const worker = tools.worker({ name: 'load', jobs: [job], queues: [queue], concurrency })
  const filling = 'x'.repeat(Math.max(0, size - 20))
  const bench: Bench = { tools, job, worker, filling, latencies: [], sampling: rate !== undefined, runs: 0 }
  return bench
}

async function measure(bench: Bench, input: LoadInput): Promise<NoopLoad> {
  const { tools, job, worker, filling, latencies } = bench
  const { jobs, rate, keep = false } = input
  // At a rate they are run as they come; else they are put in first, so that each is measured by itself.
  if (rate !== undefined) await worker.start()
  const { enqueued, ms } = await enqueueLoad(tools, job, () => [performance.now(), filling], input)
  const began = performance.now()
  if (!tools.signal?.aborted) await worker.start()
  await drained(bench, enqueued)
  const drainMs = performance.now() - began + (rate === undefined ? 0 : ms)
  const runs = bench.runs
  if (rate === undefined) await probe(bench)
  await worker.stop({ grace: '5s' })
  const probes = bench.runs - runs
  const { accounts, leftovers } = await accountsOf(bench, enqueued + probes)
  const interrupted = tools.signal?.aborted === true
  const enqueuePerSecond = perSecond(enqueued, ms)
  const drainPerSecond = perSecond(runs, drainMs)
  const latency = percentiles(latencies)
  const rates = { enqueued, enqueuePerSecond, drained: runs, drainPerSecond, latency }
  return { queue: job.queue, jobs, ...rates, probes, accounts, leftovers, kept: keep, interrupted }
}

/** Until so many have run, nobody wants more, or nothing happens any more. */
async function drained(bench: Bench, jobs: number): Promise<void> {
  const { signal, progress } = bench.tools
  let [seen, since] = [-1, 0]
  while (bench.runs < jobs && !signal?.aborted) {
    if (bench.runs !== seen) [seen, since] = [bench.runs, performance.now()]
    else if (performance.now() - since > STALLED_MS) return
    progress?.({ done: bench.runs, total: jobs, words: 'drained' })
    await sleep(POLL_MS)
  }
}

/** One job after another, each into an idle queue. */
async function probe(bench: Bench): Promise<void> {
  const { tools, job, filling } = bench
  bench.sampling = true
  for (let sent = 0; sent < PROBES && !tools.signal?.aborted; sent++) {
    const before = bench.runs
    await tools.enqueue(job, [performance.now(), filling], {})
    await drained(bench, before + 1)
    if (bench.runs === before) return
  }
}

async function accountsOf({ tools, job, runs }: Bench, jobs: number): Promise<Pick<NoopLoad, 'accounts' | 'leftovers'>> {
  const queues = await persist(() => tools.engine.listQueues())
  const counts = queues.find(({ name }) => name === job.queue)?.counts
  const { succeeded = 0, queued = 0, running = 0, scheduled = 0, blocked = 0, dead = 0, cancelled = 0 } = counts ?? {}
  const left = queued + running + scheduled + blocked
  const balanced = succeeded === jobs && runs === jobs && left + dead + cancelled === 0
  const others = queues.filter(({ name }) => name.startsWith(LOAD_QUEUE) && name !== job.queue)
  const leftovers = others
    .map(({ name, counts: its }) => ({ queue: name, states: held(its) }))
    .filter(({ states }) => Object.keys(states).length > 0)
  return { accounts: { in: jobs, succeeded, runs, left, balanced }, leftovers }
}

function held(counts: Readonly<Record<JobState, number>>): Partial<Record<JobState, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
}

/** Whether it came to its end or not: nothing of it stays. A second wish to end does not wait for it. */
async function clear({ tools, job }: Bench): Promise<void> {
  const { signal: _, ...unstoppable } = tools
  const states = ['succeeded', 'queued', 'scheduled', 'dead', 'cancelled'] as const
  await deleteBulk(
    unstoppable,
    states.map((state) => ({ queue: job.queue, state })),
  )
}

function percentiles(latencies: readonly number[]): NoopLoad['latency'] {
  if (latencies.length === 0) return null
  const sorted = [...latencies].sort((a, b) => a - b)
  const at = (share: number) => Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number).toFixed(2))
  return { p50: at(0.5), p99: at(0.99), jobs: sorted.length }
}

export function noopText(result: NoopLoad): string {
  const { enqueued, enqueuePerSecond, drained, drainPerSecond, latency, probes, accounts, leftovers, queue, kept, interrupted } = result
  const took = `${number(accounts.in)} in${probes === 0 ? '' : ` (${number(probes)} of them for the latency)`}`
  const ok = accounts.balanced ? 'each once' : 'THE ACCOUNTS DO NOT BALANCE'
  return [
    ...(interrupted ? ['interrupted'] : []),
    lines([
      ['enqueued', `${number(enqueued)} (${number(enqueuePerSecond)}/s)`],
      ['drained', `${number(drained)} (${number(drainPerSecond)}/s)`],
      ['latency', latency && `p50 ${latency.p50} ms, p99 ${latency.p99} ms (${latency.jobs} jobs)`],
      ['accounts', `${took}, ${number(accounts.succeeded)} succeeded, ${number(accounts.left)} left${interrupted ? '' : `: ${ok}`}`],
      ['jobs', kept ? `kept, in queue ${queue}` : 'deleted'],
    ]),
    ...leftovers.map(leftoverText),
  ].join('\n')
}

/** Running ones cannot be purged. A cancel holds: who runs them hears of it, or is found to be dead by a worker that runs, and they end. */
function leftoverText({ queue, states }: NoopLoad['leftovers'][number]): string {
  const words = Object.entries(states).map(([state, count]) => `${number(count)} ${state}`)
  const purges = Object.keys(states).filter((state) => state !== 'running' && state !== 'cancelled')
  const cancel = [
    `  worksong jobs cancel --queue ${queue} --state running --yes`,
    '    (they end at once, or once a worker that runs has found theirs to be gone)',
  ]
  return [
    `queue ${queue} is of another load: ${words.join(', ')}. If that was killed:`,
    ...('running' in states ? cancel : []),
    ...[...purges, ...('running' in states || 'cancelled' in states ? ['cancelled'] : [])].map(
      (state) => `  worksong queues purge ${queue} --state ${state} --yes`,
    ),
  ].join('\n')
}
