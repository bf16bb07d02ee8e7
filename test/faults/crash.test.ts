/** Handlers that take their process with them: the guilty job is found and ends dead, the others are not charged for it. */
import { describe, expect, it } from 'vitest'
import { check } from './check.js'
import { engines, type Stage, stage } from './stage.js'

const SHORT = { duration: 1000, sweep: 100 }

/** Start a worker, and another whenever it dies, until everything has ended. */
async function superviseUntilDrained(on: Stage): Promise<number> {
  let crashes = 0
  for (;;) {
    const worker = on.spawn('worker.mjs', { store: on.place, concurrency: 10, lease: SHORT })
    let drained = false
    const done = on.drained(60_000).then(() => {
      drained = true
    })
    await Promise.race([done, worker.exit()])
    if (drained) return crashes
    done.catch(() => {})
    crashes++
  }
}

describe.concurrent.each(engines)('%s', (engine) => {
  it('the guilty is convicted, alone', async ({ onTestFinished }) => {
    const on = await stage(engine, { onTestFinished })
    const poison = await on.enqueueOne('crash', { how: 'exit' })
    const repenting = await on.enqueue(
      'crash',
      ['abort', 'reject', 'throw later'].map((how) => ({ how, times: 2 })),
    )
    const innocent = await on.enqueue(
      'work',
      Array.from({ length: 40 }, () => ({ ms: 50 })),
    )
    const crashes = await superviseUntilDrained(on)
    // At most four before the guilty is suspected (one seen to run, two not, and the one that decides) and three alone; two for each of the others.
    expect(crashes).toBeLessThanOrEqual(4 + 3 + 2 * 3)
    // Crashes there were, but none was taken for one.
    expect(on.logs('worker.lost')).toEqual([])
    const jobs = await check(on, { extraStarts: 5 })

    const dead = jobs.get(poison)
    expect(dead).toMatchObject({ state: 'dead', result: undefined })
    expect(dead?.attempts.map(({ end }) => end).filter((end) => end !== 'lost-waiting')).toEqual(
      expect.arrayContaining(['lost-alone', 'lost-alone', 'dead']),
    )
    expect(dead?.errors.at(-1)).toMatchObject({ name: 'WorkerLost', message: expect.stringMatching(/crash 3 of 3/) })
    await on.until('its death was told', () => on.evidence('dead', poison).length === 1)

    for (const id of repenting) expect(jobs.get(id)).toMatchObject({ state: 'succeeded', attempt: 3 })
    for (const id of innocent) {
      const job = jobs.get(id)
      expect(job?.state).toBe('succeeded')
      expect(job?.attempts.filter(({ end }) => end === 'lost-alone')).toEqual([])
      // Blamed at most twice for running beside the guilty: after that it runs alone.
      expect(job?.attempt).toBeLessThanOrEqual(3)
    }
  })

  it('a job that kills its process at once, before the store could hear of its start, is convicted too', async ({ onTestFinished }) => {
    const on = await stage(engine, { onTestFinished })
    const poison = await on.enqueueOne('crash', { how: 'exit' }, { retry: { attempts: 50 } })
    const crashes = await superviseUntilDrained(on)
    const job = await on.app.jobs.get(poison)
    expect(job?.state).toBe('dead')
    expect(job?.attempts.filter(({ end }) => end === 'lost-alone').length).toBe(2)
    expect(crashes).toBeLessThanOrEqual(6)
  })
})
