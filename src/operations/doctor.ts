/** worksong doctor */
import { formatDuration, type JobDefinition } from '../core/index.js'
import type { Check } from '../engine/index.js'
import { operation } from './operation.js'
import { lines, table } from './table.js'
import type { Tools } from './tools.js'

export interface DoctorResult {
  /** True when no check failed. */
  readonly ok: boolean
  readonly checks: readonly Check[]
}

/** Below it a collector's pause or a busy machine is a death. */
const SHORT_LEASE_MS = 2000
/** Above it the jobs of a dead worker wait for longer than people expect. */
const LONG_LEASE_MS = 300_000

export const doctor = operation<Record<string, never>, DoctorResult>({
  name: ['doctor'],
  words: 'Find out whether the store can be worked with, and whether what the app says makes sense',
  right: 'view',
  store: 'none',
  fields: {},
  examples: ['worksong doctor', 'worksong doctor --json'],
  async run(tools) {
    return doctorResult([...appChecks(tools), ...(await tools.diagnose())])
  },
  show: ({ checks }) => {
    const found = table(
      ['check', 'status', 'what was found'],
      checks.map(({ name, status, text }) => [name, status, text]),
    )
    const fixes = checks.filter(({ status, fix }) => status !== 'ok' && fix).map(({ name, fix }) => [name, fix] as const)
    return fixes.length === 0 ? found : `${found}\n\nto do:\n${lines(fixes).replace(/^/gm, '  ')}`
  },
  failed: ({ ok }) => !ok,
})

export function doctorResult(checks: readonly Check[]): DoctorResult {
  return { ok: checks.every(({ status }) => status !== 'failed'), checks }
}

/** What an app says of itself. */
function appChecks({ jobs, config }: Tools): Check[] {
  return [jobsCheck([...jobs.values()]), leaseCheck(config)]
}

function jobsCheck(jobs: readonly JobDefinition[]): Check {
  const without = jobs.filter((job) => !job.run).map(({ name }) => name)
  const count = `${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'}`
  if (jobs.length === 0)
    return { name: 'jobs', status: 'warn', text: 'the app has no jobs', fix: 'Give them: new Worksong({ jobs: [ … ] }).' }
  if (without.length === 0) return { name: 'jobs', status: 'ok', text: `${count}, all with a handler` }
  // A producer's app has contracts only, and is right to.
  return {
    name: 'jobs',
    status: 'warn',
    text: `${count}; without a handler here: ${without.slice(0, 10).join(', ')}${without.length > 10 ? ', …' : ''}`,
    fix: 'Workers of this app leave these to others. If they should not: attach handlers with implement().',
  }
}

function leaseCheck({ leaseMs, sweepMs, maxBlockedMs }: Tools['config']): Check {
  const [lease, sweep, both] = [leaseMs, sweepMs, leaseMs + sweepMs].map(formatDuration)
  const text = `lease ${lease}, sweep ${sweep}: a dead worker's jobs go on after at most ${both}`
  const warn = (fix: string): Check => ({ name: 'lease', status: 'warn', text, fix })
  if (leaseMs < SHORT_LEASE_MS) return warn(`A pause of ${lease} costs a worker its jobs: lease.duration of 15s is usual.`)
  if (leaseMs > LONG_LEASE_MS) return warn('Jobs of a dead worker wait for as long: lease.duration of 15s is usual, however long jobs run.')
  if (sweepMs > leaseMs) return warn('lease.sweep is longer than lease.duration: the lost are found late.')
  if (maxBlockedMs < leaseMs)
    return warn('lease.maxBlocked is shorter than lease.duration: a handler that blocks costs its worker the lease early.')
  return { name: 'lease', status: 'ok', text }
}
