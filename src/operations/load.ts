/** worksong load [JOB JSON]: many jobs, to see how fast they go in and out. */
import { WorksongError } from '../core/index.js'
import { number } from './bulk.js'
import { theDefinition } from './definition.js'
import { enqueueLoad, perSecond } from './load-enqueue.js'
import { drainNoops, type NoopLoad, noopText } from './load-noops.js'
import { operation } from './operation.js'

export interface LoadInput {
  job?: string
  input?: unknown
  jobs: number
  rate?: number
  size?: number
  concurrency?: number
  keep?: boolean
}

/** Jobs of the app's own, for its fleet. */
export interface FleetLoad {
  readonly job: string
  readonly enqueued: number
  readonly enqueuePerSecond: number
  readonly interrupted: boolean
}

export const load = operation<LoadInput, FleetLoad | NoopLoad>({
  name: ['load'],
  words: 'Make load: no-op jobs that are drained here and counted, or many of one job for the workers',
  right: 'operate',
  long: true,
  fields: {
    job: {
      type: 'text',
      words: 'enqueue this job for the workers; without one, no-op jobs are run here, in a queue of their own',
      position: 0,
    },
    input: { type: 'json', words: 'its input, as JSON', position: 1 },
    jobs: { type: 'number', min: 1, max: 100_000_000, words: 'how many', required: true },
    rate: { type: 'number', min: 1, max: 100_000, words: 'enqueue at most so many per second' },
    size: { type: 'number', min: 0, max: 1_000_000, words: "bytes of each no-op's input (default 200)" },
    concurrency: { type: 'number', min: 1, max: 10_000, words: 'how many no-ops run at once (default 20)' },
    keep: { type: 'flag', words: 'leave the no-op jobs in the store' },
  },
  examples: ['worksong load --jobs 100000', 'worksong load --jobs 5000 --rate 500', `worksong load hello '{"name":"Ada"}' --jobs 1000`],
  check({ job, size, concurrency, keep }) {
    if (job === undefined) return
    const field = size !== undefined ? 'size' : concurrency !== undefined ? 'concurrency' : keep ? 'keep' : undefined
    if (field === undefined) return
    throw new WorksongError('WS_INVALID_OPTION', `${field} is for no-op jobs, not for jobs of the app`, {
      field,
      fix: 'Leave it out, or leave the job out.',
    })
  },
  async run(tools, input) {
    if (input.job === undefined) return drainNoops(tools, input)
    const definition = theDefinition(tools.jobs, input.job)
    const { enqueued, ms } = await enqueueLoad(tools, definition, () => input.input, input)
    return { job: input.job, enqueued, enqueuePerSecond: perSecond(enqueued, ms), interrupted: enqueued < input.jobs }
  },
  show: (result) => ('job' in result ? fleetText(result) : noopText(result)),
  failed: (result) => 'accounts' in result && !result.accounts.balanced,
  interrupted: ({ interrupted }) => interrupted,
})

function fleetText({ job, enqueued, enqueuePerSecond, interrupted }: FleetLoad): string {
  const text = `${number(enqueued)} jobs '${job}' enqueued (${number(enqueuePerSecond)}/s); the workers run them`
  return interrupted ? `interrupted: ${text}` : text
}
