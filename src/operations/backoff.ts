/** worksong backoff POLICY | JOB */
import { formatDuration, type RetryPolicy, retryDelay, reworded, type WorksongError } from '../core/index.js'
import { theDefinition } from './definition.js'
import { operation } from './operation.js'
import { isPolicy, parsePolicy } from './parse-policy.js'
import { table } from './table.js'

/** One attempt, with how long it comes after the end of the one before. */
export interface BackoffRow {
  readonly attempt: number
  /** In ms, without jitter, and what jitter makes of it at the least and at the most. */
  readonly wait: number
  readonly least: number
  readonly most: number
  /** All waits up to here, without the time that attempts take. */
  readonly elapsed: number
}

export const backoff = operation<{ policy: string; attempts?: number }, BackoffRow[]>({
  name: ['backoff'],
  words: 'Show when a job that fails is tried again, by a policy or as the job says',
  right: 'view',
  store: 'none',
  fields: {
    policy: {
      type: 'text',
      words: "'exponential first=1s max=10m factor=2 jitter=0.2', 'linear first=1s', 'fixed 30s', 'delays=1s,10s,1m', or a job's name",
      position: 0,
      required: true,
    },
    attempts: { type: 'number', min: 1, max: 1000, words: "how many, the first included (default: the job's own; of a policy 8)" },
  },
  examples: [
    "worksong backoff 'exponential first=1s max=10m' --attempts 8",
    "worksong backoff 'delays=1s,10s,1m'",
    'worksong backoff hello',
  ],
  check: ({ policy, attempts }) => void (isPolicy(policy) && parsePolicy(policy, attempts)),
  alone: ({ policy }) => typeof policy === 'string' && isPolicy(policy),
  async run({ jobs }, { policy, attempts }) {
    if (isPolicy(policy)) return rows(parsePolicy(policy, attempts))
    try {
      const { retry } = theDefinition(jobs, policy)
      return rows({ ...retry, attempts: attempts ?? retry.attempts })
    } catch (error) {
      const unknown = error as WorksongError
      const policies = "give a policy such as 'exponential first=1s max=10m' or 'fixed 30s'"
      const fix = jobs.size > 0 ? `${unknown.fix} Or ${policies}.` : `Run this with the app's file, or ${policies}.`
      throw reworded(unknown, { fix, field: 'policy' })
    }
  },
  show: (all) =>
    table(
      ['attempt', 'wait', 'with jitter', 'elapsed'],
      all.map(({ attempt, wait, least, most, elapsed }) => [
        attempt,
        attempt === 1 ? null : formatDuration(wait),
        least === most ? null : `${formatDuration(least)} - ${formatDuration(most)}`,
        formatDuration(elapsed),
      ]),
    ),
})

function rows(policy: RetryPolicy): BackoffRow[] {
  let elapsed = 0
  return Array.from({ length: policy.attempts }, (_, used) => {
    const [wait = 0, least = 0, most = 0] = used === 0 ? [] : [0.5, 0, 1].map((random) => retryDelay(policy, used, random))
    elapsed += wait
    return { attempt: used + 1, wait, least, most, elapsed }
  })
}
