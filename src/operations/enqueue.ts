/** worksong enqueue JOB JSON */
import type { Priority } from '../core/index.js'
import { theDefinition } from './definition.js'
import { newQueueDoubt } from './doubt.js'
import { operation } from './operation.js'

interface EnqueueInput {
  job: string
  input?: unknown
  delay?: number
  queue?: string
  priority?: string
  id?: string
}

export const enqueue = operation<EnqueueInput, { id: string; status: string }>({
  name: ['enqueue'],
  words: 'Enqueue one job by hand; its input is checked by its schema',
  right: 'operate',
  store: 'make',
  needsJobs: true,
  fields: {
    job: { type: 'text', words: "the job's name", position: 0, required: true },
    input: { type: 'json', words: 'its input, as JSON', position: 1 },
    delay: { type: 'duration', words: 'run this long from now, as 30s or 5m' },
    queue: { type: 'text', words: "another queue than the job's own" },
    priority: { type: 'text', words: 'high, normal, low, or an integer (lower runs first)' },
    id: {
      type: 'id',
      words: 'an id of your own, a UUID: enqueueing it again changes nothing',
      fix: "Give a UUID of your own, such as 'uuidgen' makes, or leave it out: one is made.",
    },
  },
  examples: [`worksong enqueue hello '{"name":"Ada"}'`, `worksong enqueue hello '{"name":"Ada"}' --delay 5m --priority high`],
  async run({ jobs, enqueue: put }, { job: name, input, ...options }) {
    const job = theDefinition(jobs, name)
    const { priority, ...rest } = options
    const number = priority !== undefined && /^-?\d+$/.test(priority) ? Number(priority) : priority
    return put(job, input, { ...rest, ...(number === undefined ? {} : { priority: number as Priority }) })
  },
  doubt: async (tools, { queue }) => (queue === undefined ? undefined : newQueueDoubt(tools, queue)),
  show: ({ id, status }) => `${status} ${id}`,
})
