/** worksong queues pause QUEUE, worksong queues resume QUEUE */
import { checkName } from '../core/index.js'
import { orSimilar, type QueueDoubt, queueDoubt, storedQueues } from './doubt.js'
import { operation } from './operation.js'
import { persist } from './persist.js'
import { type Pause, pauseOf, pauseText } from './queues-list.js'

/** A queue may be paused before its first job comes, so no name is refused; but a mistyped one should not go by unseen. */
interface QueuePaused extends QueueDoubt {
  readonly queue: string
  readonly paused: boolean
  /** The pause that this one has taken the place of. */
  readonly before?: Pause
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
    const stored = await storedQueues(tools)
    await persist(() => tools.engine.pauseQueue(pause))
    const before = pauseOf(stored.find(({ name }) => name === queue)?.paused ?? null)
    return { queue, paused: true, ...(before ? { before } : {}), ...queueDoubt(tools, queue, stored) }
  },
  show: ({ before, ...result }) =>
    `${result.queue} is paused${before ? `; before, it was paused ${pauseText(before)}` : ''}${doubtText(result)}`,
})

export const queuesResume = operation<{ queue: string }, QueuePaused>({
  name: ['queues', 'resume'],
  words: 'Let a paused queue go on',
  right: 'operate',
  fields: { queue: { type: 'text', words: 'the queue', position: 0, required: true } },
  examples: ['worksong queues resume billing'],
  async run(tools, { queue }) {
    const resume = { queue: checkName(queue, 'queue') }
    const before = await storedQueues(tools)
    await persist(() => tools.engine.resumeQueue(resume))
    const wasPaused = before.some((one) => one.name === queue && one.paused !== null)
    return { queue, paused: false, ...(wasPaused ? {} : queueDoubt(tools, queue, before)) }
  },
  show: (result) => `${result.queue} goes on${doubtText(result)}`,
})

function doubtText({ unknown, similar }: QueueDoubt): string {
  return unknown ? `. The store has no job of this queue${orSimilar(similar)}` : ''
}
