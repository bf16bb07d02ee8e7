/** Workers and a producer at work on a Postgres server while something is the matter with it, and what must hold of all that afterwards. */
import { expect } from 'vitest'
import { check } from './check.js'
import type { Stage } from './stage.js'

/** Long enough that a busy machine loses nobody. */
export const LEASE = { duration: 2000, sweep: 200 }

/** No lease is lost, nothing is refused, every job ends by its first attempt, and all goes on by itself. @param trouble knows how many ended */
export async function endures(on: Stage, trouble: (ends: () => number) => Promise<void>): Promise<void> {
  const workers = [await on.worker({ lease: LEASE }), await on.worker({ lease: LEASE })]
  const producer = await on.producer({ count: 100_000, atOnce: 10, patience: '60s', input: { ms: 5 } })
  const ends = () => on.evidence('end').length
  await on.until('all is under way', () => ends() > 100)
  await trouble(ends)
  const then = ends()
  await on.until('all is under way again', () => ends() > then + 100)
  producer.send('enough')
  expect(await producer.exit()).toEqual({ code: 0, signal: null })
  await on.drained()
  const jobs = await check(on)
  expect([...jobs.values()].every(({ state, attempts }) => state === 'succeeded' && attempts.length === 1)).toBe(true)
  expect(on.logs('worker.silent')).toEqual([])
  expect(on.evidence('refused')).toEqual([])
  expect(workers.map(({ running }) => running)).toEqual([true, true])
  expect(on.stderr()).toBe('')
}
