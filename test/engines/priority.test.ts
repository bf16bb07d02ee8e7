/** However many wait before it, and however few are wanted: who has priority is taken first. */
import { describe, expect, it } from 'vitest'
import { newWorker, TestWorker } from '#dist/testing/conformance/index.js'
import { jobs } from '../maintenance/parts.js'
import { makers, newEngine } from '../support/stores.js'

describe.each(makers)('$name', (maker) => {
  it('a claim of one job takes the one of highest priority, behind hundreds of others', async () => {
    const engine = await newEngine(maker)
    const worker = new TestWorker(engine, newWorker())
    await engine.registerWorker(worker.info)
    // With a moment of their own they get, on Postgres, a row of their own.
    await engine.insertJobs({ jobs: jobs(300, { priority: 5, runAt: 0 }) })
    const [urgent] = jobs(1, { priority: 1 })
    await engine.insertJobs({ jobs: [urgent as NonNullable<typeof urgent>] })
    expect((await worker.take(1)).map(({ id }) => id)).toEqual([urgent?.id])
  })
})
