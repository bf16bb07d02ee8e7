/** worksong workers list */
import { formatDuration } from '../core/index.js'
import type { WorkerRecord } from '../engine/index.js'
import { operation } from './operation.js'
import { table, when } from './table.js'

/** A worker as users see it; one that is gone stays on the list for a day. */
export interface WorkerView {
  readonly id: string
  readonly name: string
  /** `lost`: declared dead by another, because it was silent; `stopped`: went by itself. */
  readonly state: 'live' | 'lost' | 'stopped'
  readonly queues: readonly string[]
  /** Jobs that it holds, claimed or running. */
  readonly holding: number
  /** The most jobs that it runs at once. */
  readonly concurrency: number
  readonly startedAt: Date
  /** Its last sign of life. */
  readonly beatAt: Date
  /** Since then, by the store's clock. */
  readonly silentMs: number
  readonly host: string
  readonly pid: number
  readonly version: string
  readonly labels: readonly string[]
  /** The names of the jobs that it has handlers for. */
  readonly kinds: readonly string[]
  readonly leaseMs: number
  /** What an operator wants of it: to take no more jobs, or to end. */
  readonly wish: 'quiet' | 'stop' | null
}

export const workersList = operation<Record<string, never>, WorkerView[]>({
  name: ['workers', 'list'],
  words: 'Show the workers: where they run, which queues they serve, how many jobs they hold',
  right: 'view',
  fields: {},
  examples: ['worksong workers list', 'worksong workers list --json'],
  async run({ engine }) {
    return (await engine.listWorkers()).map(workerView)
  },
  show: (workers) =>
    table(
      ['name', 'state', 'since', 'holding', 'queues', 'host', 'pid', 'id'],
      workers.map((one) => [
        one.name,
        stateText(one),
        when(one.state === 'live' ? one.startedAt : one.beatAt),
        one.holding,
        one.queues.join(', '),
        one.host,
        one.pid,
        one.id,
      ]),
    ),
})

/**
 * Silent for longer than its lease: probably gone, and found to be lost as soon as some process runs that looks for such. Until then it
 * counts as live.
 */
export function isSilent({ state, silentMs, leaseMs }: Pick<WorkerView, 'state' | 'silentMs' | 'leaseMs'>): boolean {
  return state === 'live' && silentMs > leaseMs
}

function stateText(one: WorkerView): string {
  const state = isSilent(one) ? `silent for ${formatDuration(one.silentMs)}` : one.state
  return one.state === 'live' && one.wish ? `${state} (${one.wish})` : state
}

function workerView({ beat: _beat, startedAt, beatAt, silentMs, ...rest }: WorkerRecord): WorkerView {
  return { ...rest, silentMs: Math.max(0, silentMs), startedAt: new Date(startedAt), beatAt: new Date(beatAt) }
}
