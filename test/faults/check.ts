/** The offline checker: holds the evidence of the processes against the store, once everything has ended. Each rule has its number in the message. */
import type { JobView } from 'worksong'
import type { Line, Stage } from './stage.js'

export const TERMINAL = ['succeeded', 'dead', 'cancelled']
const AT_ONCE = 8

export interface Expectations {
  /** Starts of one job beyond the first that kills allow; without kills none. Default 0. */
  readonly extraStarts?: number
  /** Crashes of the store, each of which may take back the claims of its last moments: such jobs run again. */
  readonly crashes?: number
}

export interface Findings {
  readonly jobs: Map<string, JobView>
  /** What is wrong, one line each. */
  readonly wrong: readonly string[]
}

/** @throws with everything that is wrong, one line each */
export async function check(stage: Stage, expectations: Expectations = {}): Promise<Map<string, JobView>> {
  const { jobs, wrong } = await findWrong(stage, expectations)
  if (wrong.length > 0) throw new Error(`${wrong.length} rules broken:\n${wrong.slice(0, 20).join('\n')}`)
  return jobs
}

export async function findWrong(stage: Stage, { extraStarts = 0, crashes = 0 }: Expectations): Promise<Findings> {
  const wrong: string[] = []
  const evidence = stage.evidence()
  const acked = new Set([...stage.acked, ...jobsOf(evidence, 'ack')])
  const tried = new Set([...acked, ...jobsOf(evidence, 'try')])
  const jobs = await fetchJobs(stage, tried)

  for (const id of acked)
    if (!TERMINAL.includes(jobs.get(id)?.state ?? '')) wrong.push(`I1 ${id} was acknowledged and is ${jobs.get(id)?.state}`)
  for (const id of jobsOf(evidence, 'start')) if (!tried.has(id)) wrong.push(`I2 ${id} ran and was never enqueued`)
  wrong.push(...checkEffects(evidence, jobs, extraStarts + crashes, crashes))
  for (const job of jobs.values()) wrong.push(...checkEnds(job))
  wrong.push(...(await checkCounts(stage, jobs)))
  return { jobs, wrong }
}

/** I3: effects are bounded by starts, and starts by what the store recorded. */
function checkEffects(evidence: readonly Line[], jobs: ReadonlyMap<string, JobView>, extraStarts: number, untold: number): string[] {
  const wrong: string[] = []
  const starts = countBy(evidence, 'start')
  const effects = countBy(evidence, 'effect')
  for (const [id, count] of effects)
    if (count > (starts.get(id) ?? 0)) wrong.push(`I3 ${id} had ${count} effects in ${starts.get(id)} starts`)
  for (const [id, count] of starts) {
    const job = jobs.get(id)
    if (!job) continue
    if (count > job.attempts.length + untold) wrong.push(`I3 ${id} started ${count} times in ${job.attempts.length} claims`)
    const wanted = job.attempts.filter(({ end }) => end !== 'returned' && !end.startsWith('lost')).length
    if (count > wanted + extraStarts)
      wrong.push(`I3 ${id} started ${count} times, ${wanted} by itself and at most ${extraStarts} through kills`)
  }
  for (const job of jobs.values()) {
    if (job.state === 'succeeded' && !starts.has(job.id)) wrong.push(`I2 ${job.id} succeeded and never ran`)
  }
  return wrong
}

/** I4: one terminal end at most, as the last one; claims and attempts in order. */
function checkEnds({ id, attempts, attempt }: JobView): string[] {
  const wrong: string[] = []
  const terminal = attempts.filter(({ end }) => TERMINAL.includes(end))
  if (terminal.length > 1) wrong.push(`I4 ${id} ended ${terminal.length} times: ${attempts.map(({ end }) => end)}`)
  if (terminal.length === 1 && terminal[0] !== attempts.at(-1))
    wrong.push(`I4 ${id} went on after its end: ${attempts.map(({ end }) => end)}`)
  const used = attempts.map((one) => one.attempt)
  if (used.some((n, at) => n < (used[at - 1] ?? 0) || n > (used[at - 1] ?? 0) + 1)) wrong.push(`I4 ${id} counted its attempts ${used}`)
  if (attempt !== (used.at(-1) ?? 0)) wrong.push(`I4 ${id} says attempt ${attempt} after ${used}`)
  return wrong
}

/** I5 and I8: nothing is live or held, and the counts are what counting gives. */
async function checkCounts(stage: Stage, jobs: ReadonlyMap<string, JobView>): Promise<string[]> {
  const wrong: string[] = []
  const { live, ...counts } = await stage.counts()
  if (live > 0) wrong.push(`I5 ${live} jobs are stuck: ${JSON.stringify(counts)}`)
  for (const worker of await stage.app.workers.list()) {
    if (worker.holding > 0) wrong.push(`I5 worker ${worker.name} (${worker.state}) still holds ${worker.holding} jobs`)
  }
  const recount: Record<string, number> = {}
  for (const job of jobs.values()) recount[job.state] = (recount[job.state] ?? 0) + 1
  for (const [state, n] of Object.entries(counts)) {
    if (n !== (recount[state] ?? 0)) wrong.push(`I8 ${n} jobs are counted as ${state}, there are ${recount[state] ?? 0}`)
  }
  return wrong
}

async function fetchJobs(stage: Stage, ids: ReadonlySet<string>): Promise<Map<string, JobView>> {
  const jobs = new Map<string, JobView>()
  const left = [...ids]
  const fetch = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const job = await stage.app.jobs.get(id)
      if (job) jobs.set(id, job)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, fetch))
  return jobs
}

function jobsOf(evidence: readonly Line[], ev: string): Set<string> {
  return new Set(evidence.flatMap((line) => (line.ev === ev && line.job ? [line.job] : [])))
}

export function countBy(evidence: readonly Line[], ev: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { ev: what, job } of evidence) if (what === ev && job) counts.set(job, (counts.get(job) ?? 0) + 1)
  return counts
}
