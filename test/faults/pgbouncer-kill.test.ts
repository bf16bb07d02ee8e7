/** Workers behind PgBouncer in transaction mode are killed under load: it takes back what they had begun, and nothing is lost. */
import { describe, expect, it } from 'vitest'
import { testPostgres } from '../support/postgres.js'
import { check } from './check.js'
import { pgbouncerVersion, startPgbouncer } from './pgbouncer.js'
import { stage } from './stage.js'
import { rescueBound, Storm } from './storm.js'

const version = pgbouncerVersion()
/** So many wait already, so that the victims have something to do; the others come meanwhile. */
const WAITING = 1000
const COMING = 500
const JOBS = WAITING + COMING
const KILLS = 3
const LEASE = { duration: 2000, sweep: 200 }
/** For a machine that does other things too: rescued jobs wait for a free worker. */
const MARGIN_MS = 10_000

describe.skipIf(version === undefined)(`PgBouncer ${version ?? '(not installed: apt-get install pgbouncer)'}`, () => {
  it(`${KILLS} kills under load: none lost, each ends once, rescued within lease and sweep`, async () => {
    const on = await stage('postgres', { url: await startPgbouncer(testPostgres()), listen: false })
    let picks = 0
    const storm = new Storm({ on, workers: 3, config: { concurrency: 10, lease: LEASE }, random: () => (picks++ % 3) / 3 })
    await storm.start()
    await on.enqueue('work', Array(WAITING).fill({ ms: 20 }))
    const producer = await on.producer({ count: COMING, atOnce: 5, patience: '60s', input: { ms: 20 } })
    const ends = () => on.evidence('end').length
    for (let kill = 1; kill <= KILLS; kill++) {
      await on.until('the storm goes on', () => ends() >= (kill * JOBS) / (KILLS + 2))
      await storm.kill()
    }
    expect(await producer.exit()).toEqual({ code: 0, signal: null })
    await on.drained(30_000)

    const jobs = await check(on, { extraStarts: KILLS })
    expect(jobs.size).toBe(JOBS)
    expect([...jobs.values()].every(({ state }) => state === 'succeeded')).toBe(true)
    expect(on.evidence('refused')).toEqual([])
    const rescues = storm.rescues()
    expect(rescues.length).toBeGreaterThan(0)
    for (const ms of rescues) {
      expect(ms).not.toBeNull()
      expect(ms).toBeLessThan(rescueBound(LEASE) + MARGIN_MS)
    }
    // Nobody but the dead was missed.
    expect(on.evidence('abort')).toEqual([])
    expect(on.logs('job.end.refused')).toEqual([])
    expect(storm.standing).toBe(true)
    expect(on.stderr()).toBe('')
  })
})
