/** worksong queues list */
import type { JobState } from '../core/index.js'
import type { QueueRecord } from '../engine/index.js'
import { LOAD_QUEUE } from './load-queue.js'
import { operation } from './operation.js'
import { table, when } from './table.js'

export interface Pause {
  readonly at: Date
  readonly by: string | null
  readonly reason: string | null
}

export interface QueueView extends Readonly<Record<JobState, number>> {
  readonly name: string
  readonly paused: Pause | null
  /** When the first job in line was enqueued. */
  readonly oldestAt: Date | null
}

export const queuesList = operation<Record<string, never>, QueueView[]>({
  name: ['queues', 'list'],
  words: 'Show the queues with their depths',
  right: 'view',
  fields: {},
  examples: ['worksong queues list', 'worksong queues list --json'],
  async run({ engine }) {
    const queues = await engine.listQueues()
    return queues
      .filter((queue) => !isSpent(queue))
      .map(({ name, paused, counts, oldestAt }) => ({
        name,
        ...counts,
        paused: pauseOf(paused),
        oldestAt: oldestAt === null ? null : new Date(oldestAt),
      }))
  },
  show: (queues) =>
    table(
      ['queue', 'queued', 'scheduled', 'blocked', 'running', 'succeeded', 'dead', 'cancelled', 'oldest', 'paused'],
      queues.map((queue) => [
        queue.name,
        queue.queued,
        queue.scheduled,
        queue.blocked,
        queue.running,
        queue.succeeded,
        queue.dead,
        queue.cancelled,
        when(queue.oldestAt),
        queue.paused ? pauseText(queue.paused) : 'no',
      ]),
    ),
})

/** A queue that `load` has made, used, and emptied. */
function isSpent({ name, counts }: QueueRecord): boolean {
  return name.startsWith(LOAD_QUEUE) && Object.values(counts).every((count) => count === 0)
}

export function pauseOf(paused: QueueRecord['paused']): Pause | null {
  return paused && { ...paused, at: new Date(paused.at) }
}

export function pauseText({ at, by, reason }: Pause): string {
  return `since ${when(at)}${by ? ` by ${by}` : ''}${reason ? `: ${reason}` : ''}`
}
