/**
 * The fault campaign. In npm test a short one: a turn of a second or so for each scenario that is quick. `npm run faults` makes it long, by
 * WORKSONG_FAULTS: what to do, and the file for the result.
 */
import { writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { EngineName } from '../faults/stage.js'
import { campaign } from './campaign.js'

interface Wish {
  readonly minutes: number
  readonly seed: number
  readonly engines: readonly EngineName[]
  readonly result: string
}

const wish = process.env.WORKSONG_FAULTS ? (JSON.parse(process.env.WORKSONG_FAULTS) as Wish) : undefined
const seed = wish?.seed ?? Number(process.env.WORKSONG_SEED ?? Math.floor(Math.random() * 2 ** 31))
const totalMs = (wish?.minutes ?? 0) * 60_000
/** Turns under way at the end are finished, and their accounts checked. */
const TIMEOUT_MS = totalMs + (wish ? 600_000 : 120_000)

it(`breaks nothing (seed ${seed})`, { timeout: TIMEOUT_MS }, async () => {
  const log = wish ? (line: string) => console.log(line) : () => undefined
  const engines = wish?.engines ?? (['sqlite', 'postgres'] as const)
  const rows = await campaign({ seed, engines, totalMs, log, ...(wish ? {} : { short: true, turnMs: 1000 }) })
  if (wish) writeFileSync(wish.result, JSON.stringify(rows))
  expect(rows.flatMap(({ scenario, engine, broken }) => broken.map((line) => `${scenario} (${engine}): ${line}`))).toEqual([])
  for (const { scenario, engine, faults } of rows) expect([scenario, engine, Object.keys(faults).length]).not.toEqual([scenario, engine, 0])
})
