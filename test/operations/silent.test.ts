/** A worker that is gone without a word counts as live until somebody finds it lost; until then it is said how long it has been silent. */
import { describe, expect, it } from 'vitest'
import { type Operation, workersList, workersStop } from '#dist/operations/index.js'
import { newWorker, until } from '#dist/testing/conformance/index.js'
import { makers } from '../support/stores.js'
import { newApp } from '../worker/parts.js'

describe.each(makers)('$name', (maker) => {
  it('is said by the list, by stop, and by what asks before it', async () => {
    const { app, engine } = await newApp(maker, [])
    const gone = newWorker({ name: 'gone', leaseMs: 100 })
    await engine.registerWorker(gone)
    await engine.registerWorker(newWorker({ name: 'here', leaseMs: 600_000 }))
    const silent = async () => ((await app.workers.list()).find(({ name }) => name === 'gone')?.silentMs ?? 0) > 100
    await until(silent, 'its lease is over')
    const listed = workersList.show(await app.operate(workersList, {}))
    expect(listed).toMatch(/\ngone +silent for \S+ +\d/)
    expect(listed).toMatch(/\nhere +live +\d/)
    const planned: Operation = { ...workersStop, run: async (tools, input) => workersStop.plan?.(tools, input, 'count'), show: String }
    const plan: unknown = await app.operate(planned, { workers: ['gone', 'here', 'nobody'] })
    expect(plan).toMatchObject({
      words: expect.stringMatching(/^Stop 2 workers: gone \(.+, silent for \S+\), here \([^,]+, holding 0\)$/),
      missing: ['nobody'],
    })
    const stopping = await app.workers.stop(['gone', 'here'], { wait: '1ms' })
    expect(stopping).toMatchObject([
      { worker: 'gone', result: 'stopping', silentMs: expect.any(Number) },
      { worker: 'here', result: 'stopping' },
    ])
    expect(stopping[1]).not.toHaveProperty('silentMs')
    expect(workersStop.show(stopping)).toMatch(
      /\nthe last beat of gone was \S+ ago: it is probably gone\. Any worker that runs will find it lost, and its jobs go on there$/,
    )
    expect(workersList.show(await app.operate(workersList, {}))).toMatch(/\ngone +silent for \S+ \(stop\) /)
  })
})
