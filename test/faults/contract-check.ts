/** Runs a flow under faults, lets what is left be worked off by a healthy app, and holds the store against what was noted outside of it. */
import type { Engine, JobRecord } from '#dist/engine/index.js'
import { TERMINAL } from './check.js'
import { type Plan, Troubled } from './contract-faults.js'
import { FLOWS, Run, until } from './contract-flows.js'

/** No worker was silent, no lease lost, no job run by another: whoever says so was confused by a fault. */
const NEVER = ['job.end.refused', 'worker.turn.failed', 'worker.lost', 'worker.start.refused', 'worker.end.refused']

export interface Outcome {
  readonly run: Run
  /** What is wrong, one line each. */
  readonly wrong: readonly string[]
}

/** @param real open and migrated; others may use it at the same time */
export async function runFlow(real: Engine, flow: string, plan: Plan): Promise<Outcome> {
  const run = new Run(real, plan)
  try {
    await (FLOWS[flow] as (typeof FLOWS)[string])(run, real)
    run.troubled.healed = true
    await run.close()
    await workOff(run, real)
    return { run, wrong: await check(run, real) }
  } catch (error) {
    run.troubled.healed = true
    await run.close()
    return { run, wrong: [`it threw ${error instanceof Error ? error.stack : error}`] }
  }
}

/** A healthy app on the same store ends what the troubled one left: queued, scheduled, or held by a worker that has gone. */
async function workOff(run: Run, real: Engine): Promise<void> {
  if ((await run.live(real)) === 0) return
  const app = run.newApp(new Troubled(real).engine)
  try {
    await app.worker({ queues: [run.queue], concurrency: 10 }).start()
    await until(`${run.queue} is drained`, async () => (await run.live(real)) === 0)
  } finally {
    await app.close()
  }
}

async function check(run: Run, real: Engine): Promise<string[]> {
  const wrong: string[] = []
  for (const code of NEVER) if (run.logged.has(code)) wrong.push(`I4 the app logged ${code}`)
  const states: Record<string, number> = {}
  for (const [id, asked] of run.asked) {
    const job = await real.getJob({ id })
    if (job) states[job.state] = (states[job.state] ?? 0) + 1
    wrong.push(...checkJob(run, id, asked, job))
  }
  for (const id of run.starts.keys()) if (!run.asked.has(id)) wrong.push(`I2 ${id} ran and was never enqueued`)
  const told = (await real.listQueues()).find(({ name }) => name === run.queue)?.counts ?? {}
  for (const [state, n] of Object.entries(told)) {
    if (n !== (states[state] ?? 0)) wrong.push(`I8 ${n} jobs are counted as ${state}, there are ${states[state] ?? 0}`)
  }
  for (const { queues, holding, state } of await real.listWorkers()) {
    if (queues.includes(run.queue) && holding > 0) wrong.push(`I5 a worker (${state}) still holds ${holding} jobs`)
  }
  return wrong
}

function checkJob(run: Run, id: string, asked: string, job: JobRecord | null): string[] {
  if (!job) return asked === 'acked' ? [`I1 ${id} was acknowledged and is not there`] : []
  if (asked === 'refused') return [`I2 ${id} was refused and is there`]
  const wrong: string[] = []
  const ends = job.attempts.map(({ end }) => end)
  const say = (rule: string, what: string) => wrong.push(`${rule} ${id} (${job.kind}) ${what}: ${ends}`)
  if (!TERMINAL.includes(job.state)) say('I1', `was acknowledged and is ${job.state}`)
  if (ends.filter((end) => TERMINAL.includes(end)).length !== 1) say('I4', 'has not one end')
  if (!TERMINAL.includes(ends.at(-1) ?? '')) say('I4', 'went on after its end')
  const starts = run.starts.get(id) ?? 0
  if (starts > ends.length) say('I3', `started ${starts} times`)
  const wanted = run.wanted.get(id)
  if (wanted === undefined) return wrong
  if (starts !== wanted) say('I3', `started ${starts} times and not ${wanted}`)
  const charged = job.attempts.at(-1)?.used ?? 0
  const snoozed = ends.filter((end) => end === 'snoozed').length
  if (wanted > 0 && charged !== wanted - snoozed) say('I3', `is charged for ${charged} attempts`)
  // What a store refuses for good, or for longer than a blink, while it takes the end is lost, and said so.
  const recorded = run.troubled.faults <= 1 && run.troubled.injected['read-only'] === undefined
  if (job.kind === 'talks' && recorded && job.progress === null) say('I1', `has progress ${job.progress}`)
  return wrong
}
