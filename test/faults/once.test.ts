/** Jobs with one attempt in all: whenever their process dies, none of them runs twice. */
import { describe, expect, it } from 'vitest'
import { check, countBy } from './check.js'
import { engines, stage } from './stage.js'

const SHORT = { duration: 600, sweep: 100 }
const JOBS = 150

describe.concurrent.each(engines)('%s', (engine) => {
  it('kill -9 a moment after they began: they are dead or had ended, and none began again', async ({ onTestFinished }) => {
    const on = await stage(engine, { onTestFinished })
    await on.enqueue('work', Array(JOBS).fill({ ms: 4 }), { retry: false })
    for (let kill = 1; kill <= 3; kill++) {
      const victim = await on.worker({ concurrency: 10, lease: SHORT })
      await on.until('it has begun', () => on.evidence('start').length >= kill * 30)
      victim.signal('SIGKILL')
      await victim.exit()
    }
    await on.worker({ concurrency: 10, lease: SHORT })
    await on.drained()
    const jobs = await check(on)
    const starts = countBy(on.evidence(), 'start')
    expect([...starts].filter(([, count]) => count > 1)).toEqual([])
    const dead = [...jobs.values()].filter(({ state }) => state === 'dead')
    expect(dead.length).toBeGreaterThan(0)
    // Of those that had not begun only the ones that were just about to.
    expect(dead.filter(({ id }) => !starts.has(id)).length).toBeLessThanOrEqual(3 * 10)
    for (const { errors } of dead) expect(errors.at(-1)?.name).toBe('WorkerLost')
  })
})
