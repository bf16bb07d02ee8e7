/** Hints make things fast, the poll makes them true: a job that nobody told of is found all the same. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { newId, typed } from '#dist/core/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { makers } from '../support/stores.js'
import { newApp } from './parts.js'

describe.each(makers)('$name', (maker) => {
  it('a job whose hint was lost is found by the poll', async () => {
    const runs: unknown[] = []
    const work = defineJob({ name: 'work', input: typed<number>(), run: (input) => void runs.push(input) })
    const { app, engine, faults } = await newApp(maker, [work])
    await app.worker().start()
    await app.jobs.wait((await app.enqueue(work, 1)).id)
    // Idle: its claims have found nothing, and it has nothing to tell.
    const polls = faults.callsOf('pulse').length
    await until(() => faults.callsOf('pulse').length > polls + 1, 'it has polled in vain')
    await engine.insertJobs({ jobs: [{ id: newId(), queue: 'default', kind: 'work', priority: 0, maxAttempts: 1, payload: '2' }] })
    await until(() => runs.length === 2, 'it is found')
    expect(runs).toEqual([1, 2])
  })
})
