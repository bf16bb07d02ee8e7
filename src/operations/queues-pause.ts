/** worksong queues pause QUEUE, worksong queues resume QUEUE */
import { checkName } from '../core/index.js'
import { operation } from './operation.js'
import { persist } from './persist.js'

export const queuesPause = operation<{ queue: string; by?: string; reason?: string }, { queue: string; paused: boolean }>({
  name: ['queues', 'pause'],
  words: 'Stop claims from a queue; running jobs go on',
  right: 'operate',
  fields: {
    queue: { type: 'text', words: 'the queue', position: 0, required: true },
    by: { type: 'text', words: 'who does it' },
    reason: { type: 'text', words: 'why' },
  },
  examples: ["worksong queues pause billing --by ann --reason 'ERP is down'"],
  async run({ engine }, { queue, by, reason }) {
    const pause = { queue: checkName(queue, 'queue'), by: by ?? null, reason: reason ?? null }
    await persist(() => engine.pauseQueue(pause))
    return { queue, paused: true }
  },
  show: ({ queue }) => `${queue} is paused`,
})

export const queuesResume = operation<{ queue: string }, { queue: string; paused: boolean }>({
  name: ['queues', 'resume'],
  words: 'Let a paused queue go on',
  right: 'operate',
  fields: { queue: { type: 'text', words: 'the queue', position: 0, required: true } },
  examples: ['worksong queues resume billing'],
  async run({ engine }, { queue }) {
    const resume = { queue: checkName(queue, 'queue') }
    await persist(() => engine.resumeQueue(resume))
    return { queue, paused: false }
  },
  show: ({ queue }) => `${queue} goes on`,
})
