/**
 * The n-th call of each method of the engine contract is spoiled, for every n of the core flows: each job acknowledged ends, once, and no
 * more attempts run than were asked for. All kinds of faults over all calls are the campaign's; here each call meets the worst of them,
 * and one of the others in turn.
 */
import { describe, expect, it } from 'vitest'
import type { Engine } from '#dist/engine/index.js'
import { makers, newEngine } from '../support/stores.js'
import { runFlow } from './contract-check.js'
import { KINDS, type Kind } from './contract-faults.js'
import { FLOWS } from './contract-flows.js'

const SEED = Number(process.env.WORKSONG_SEED ?? 1)
const AT_ONCE = 12
/** What is called again and again by clocks: its first calls stand for all. */
const BY_CLOCK: Readonly<Record<string, number>> = { pulse: 2, beat: 2, listWorkers: 2, takeChore: 1, promoteDue: 2, settledJobs: 1 }
const MOST = 4

interface Case {
  readonly flow: string
  readonly method: string
  readonly nth: number
  readonly kind: Kind
}

/** Every call that the flow makes when all is well, each with two faults; those by the clock with one. */
async function casesOf(engine: Engine, flow: string): Promise<Case[]> {
  const { run, wrong } = await runFlow(engine, flow, () => undefined)
  expect(wrong).toEqual([])
  const others = KINDS.filter((kind) => kind !== 'lost')
  return [...run.troubled.calls].flatMap(([method, calls]) => {
    const most = Math.min(calls, BY_CLOCK[method] ?? MOST)
    return Array.from({ length: most }, (_, at) => at + 1).flatMap((nth) => {
      const other = others[(SEED + nth + method.length + flow.length) % others.length] as Kind
      // What is recorded has no answer that anybody waits for: it is tried again only by itself.
      if (method === 'recordIfOwned') return (['lost', 'before'] as const).map((kind) => ({ flow, method, nth, kind }))
      const kinds = method in BY_CLOCK ? [nth === 1 ? ('lost' as const) : other] : (['lost', other] as const)
      return kinds.map((kind) => ({ flow, method, nth, kind }))
    })
  })
}

describe.each(makers)('$name', (maker) => {
  it(`holds for every n (seed ${SEED})`, { timeout: 120_000 }, async () => {
    const engine = await newEngine(maker)
    const cases = (await Promise.all(Object.keys(FLOWS).map((flow) => casesOf(engine, flow)))).flat()
    const wrong: string[] = []
    let met = 0
    const next = async () => {
      for (let one = cases.pop(); one; one = cases.pop()) {
        const { flow, method, nth, kind } = one
        const outcome = await runFlow(engine, flow, (call) => (call.method === method && call.nth === nth ? kind : undefined))
        met += outcome.run.troubled.faults
        wrong.push(...outcome.wrong.map((line) => `${flow}, ${method} ${nth} ${kind}: ${line}`))
      }
    }
    const planned = cases.length
    await Promise.all(Array.from({ length: AT_ONCE }, next))
    if (process.env.WORKSONG_VERBOSE) console.log(`${met} of ${planned} faults were met`)
    expect(wrong).toEqual([])
    expect(met).toBeGreaterThan(planned / 2)
  })
})
