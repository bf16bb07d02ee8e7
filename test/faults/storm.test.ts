/** Four workers of which one is killed again and again: nothing is lost, everything ends once, and what the dead held runs again soon. */
import { describe, expect, it } from 'vitest'
import { check } from './check.js'
import { engines, stage } from './stage.js'
import { rescueBound, Storm } from './storm.js'

const JOBS = 2000
const KILLS = 4
const LEASE = { duration: 2000, sweep: 200 }
/** For a machine that does other things too: rescued jobs wait for a free worker. */
const MARGIN_MS = 10_000

describe.concurrent.each(engines)('%s', (engine) => {
  it(`${KILLS} kills in ${JOBS} jobs: none lost, each ends once, rescued within lease and sweep`, async ({ onTestFinished }) => {
    const on = await stage(engine, { onTestFinished })
    let picks = 0
    const storm = new Storm({ on, workers: 4, config: { concurrency: 10, lease: LEASE }, random: () => (picks++ % 4) / 4 })
    await storm.start()
    await on.enqueue('work', Array(JOBS).fill({ ms: 30 }))
    const ends = () => on.evidence('end').length
    for (let kill = 1; kill <= KILLS; kill++) {
      await on.until('the storm goes on', () => ends() >= (kill * JOBS) / (KILLS + 2))
      await storm.kill()
    }
    await on.drained(30_000)
    const jobs = await check(on, { extraStarts: KILLS })
    expect(jobs.size).toBe(JOBS)
    expect([...jobs.values()].every(({ state }) => state === 'succeeded')).toBe(true)
    const rescues = storm.rescues()
    expect(rescues.length).toBeGreaterThan(0)
    for (const ms of rescues) {
      expect(ms).not.toBeNull()
      expect(ms).toBeLessThan(rescueBound(LEASE) + MARGIN_MS)
    }
    expect(storm.standing).toBe(true)
    expect(on.stderr()).toBe('')
  })
})
