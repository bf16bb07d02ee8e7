/** worksong queues pause QUEUE, worksong queues resume QUEUE */
import { checkName } from '../core/index.js'
import type { QueueRecord } from '../engine/index.js'
import { nearest } from './near.js'
import { operation } from './operation.js'
import { persist } from './persist.js'
import type { Tools } from './tools.js'

interface QueuePaused {
  readonly queue: string
  readonly paused: boolean
  /** Present when the name may be a mistake: neither a job in the store nor one of the app's definitions is of this queue. */
  readonly unknown?: true
  /** Of the queues that are known, one whose name is much like this one's. */
  readonly similar?: string
}

export const queuesPause = operation<{ queue: string; by?: string; reason?: string }, QueuePaused>({
  name: ['queues', 'pause'],
  words: 'Stop claims from a queue; running jobs go on',
  right: 'operate',
  fields: {
    queue: { type: 'text', words: 'the queue', position: 0, required: true },
    by: { type: 'text', words: 'who does it' },
    reason: { type: 'text', words: 'why' },
  },
  examples: ["worksong queues pause billing --by ann --reason 'ERP is down'"],
  async run(tools, { queue, by, reason }) {
    const pause = { queue: checkName(queue, 'queue'), by: by ?? null, reason: reason ?? null }
    await persist(() => tools.engine.pauseQueue(pause))
    return { queue, paused: true, ...doubt(tools, queue, await queuesOf(tools)) }
  },
  show: (result) => `${result.queue} is paused${doubtText(result)}`,
})

export const queuesResume = operation<{ queue: string }, QueuePaused>({
  name: ['queues', 'resume'],
  words: 'Let a paused queue go on',
  right: 'operate',
  fields: { queue: { type: 'text', words: 'the queue', position: 0, required: true } },
  examples: ['worksong queues resume billing'],
  async run(tools, { queue }) {
    const resume = { queue: checkName(queue, 'queue') }
    const before = await queuesOf(tools)
    await persist(() => tools.engine.resumeQueue(resume))
    const wasPaused = before.some((one) => one.name === queue && one.paused !== null)
    return { queue, paused: false, ...(wasPaused ? {} : doubt(tools, queue, before)) }
  },
  show: (result) => `${result.queue} goes on${doubtText(result)}`,
})

/** A queue may be paused before its first job comes, so nothing is refused; but a mistyped name should not go by unseen. */
function doubt({ jobs }: Tools, queue: string, stored: readonly QueueRecord[]): Pick<QueuePaused, 'unknown' | 'similar'> {
  const defined = [...jobs.values()].map((job) => job.queue)
  const known = new Set([...defined, ...stored.filter(hasJobs).map(({ name }) => name)])
  if (known.has(queue)) return {}
  const similar = nearest(queue, known)
  return { unknown: true, ...(similar === undefined ? {} : { similar }) }
}

function queuesOf({ engine }: Tools): Promise<readonly QueueRecord[]> {
  return persist(() => engine.listQueues())
}

function hasJobs({ counts }: QueueRecord): boolean {
  return Object.values(counts).some((count) => count > 0)
}

function doubtText({ unknown, similar }: QueuePaused): string {
  if (!unknown) return ''
  return `. The store has no job of this queue${similar === undefined ? '' : `: did you mean '${similar}'?`}`
}
