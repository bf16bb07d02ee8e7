/** The core flows over and over, beside each other on one store, while any call may meet any fault: at a random rate, or all calls of one method. */
import { runFlow } from '../faults/contract-check.js'
import { KINDS, type Kind, type Plan } from '../faults/contract-faults.js'
import { FLOWS } from '../faults/contract-flows.js'
import { postgresServer, sqliteFile } from '../support/engines.js'
import { randomOf } from '../support/random.mjs'
import type { Report, Scenario, Turn } from './scenario.js'

const AT_ONCE = 8

/** Some runs meet a fault now and then, others in every fifth call; in some each call of one kind of fault is the same. */
function newPlan(random: () => number): Plan {
  const rate = [0.02, 0.05, 0.2][Math.floor(random() * 3)] as number
  const only = random() < 0.3 ? (KINDS[Math.floor(random() * KINDS.length)] as Kind) : undefined
  return () => (random() < rate ? (only ?? KINDS[Math.floor(random() * KINDS.length)]) : undefined)
}

async function run(turn: Turn): Promise<Report> {
  const random = randomOf(turn.seed)
  const store = await (turn.engine === 'sqlite' ? sqliteFile : postgresServer).make()
  const engine = store.engine()
  const faults: Record<string, number> = {}
  const broken: string[] = []
  const totals = { jobs: 0, lost: 0 }
  const names = Object.keys(FLOWS)
  try {
    await engine.open()
    await engine.migrate()
    const next = async () => {
      do {
        const flow = names[Math.floor(random() * names.length)] as string
        const outcome = await runFlow(engine, flow, newPlan(random))
        for (const [kind, count] of Object.entries(outcome.run.troubled.injected)) faults[kind] = (faults[kind] ?? 0) + count
        totals.jobs += [...outcome.run.asked.values()].filter((asked) => asked === 'acked').length
        totals.lost += outcome.wrong.filter((line) => line.startsWith('I1')).length
        broken.push(...outcome.wrong.map((line) => `${flow}: ${line}`))
      } while (performance.now() < turn.deadline && broken.length === 0)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, next))
  } finally {
    await engine.close()
    await store.discard(true)
  }
  // No process dies here, so no start may be more than the job asked for: the check says so where it is.
  return { faults, ...totals, duplicates: 0, broken }
}

export const scenario: Scenario = { name: 'faults of the engine contract', engines: ['sqlite', 'postgres'], short: true, run }
