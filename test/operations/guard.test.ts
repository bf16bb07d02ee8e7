/** Verbs by filter act only on what is still in the state by which it was listed. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { typed } from '#dist/core/index.js'
import { endOf, newWorker, TestWorker, until } from '#dist/testing/conformance/index.js'
import { makers } from '../support/stores.js'
import { newApp } from '../worker/parts.js'

const job = defineJob({ name: 'k', queue: 'q', retry: false, input: typed<number>() })

async function made(maker: (typeof makers)[number], count: number) {
  const { app, engine, faults } = await newApp(maker, [job])
  await app.enqueueMany(job, Array.from({ length: count }).keys())
  const worker = new TestWorker(engine, newWorker())
  await engine.registerWorker(worker.info)
  return { app, engine, faults, worker }
}

describe.each(makers)('$name', (maker) => {
  it('redrive by filter: what was brought back and has succeeded since the list is not run again', async () => {
    const { app, engine, faults, worker } = await made(maker, 3)
    const dead = await worker.take(3)
    await worker.finishAll(dead, 'dead')
    const open = faults.hold('retryJobs')
    const redriving = app.dead.redrive({ all: true })
    await until(() => faults.callsOf('retryJobs').length === 1, 'they are listed')
    await engine.retryJobs({ ids: dead.slice(0, 2).map(({ id }) => id) })
    const [first] = await worker.take(1)
    await worker.finish([endOf(first as NonNullable<typeof first>, 'succeeded')])
    open()
    expect(await redriving).toEqual({ jobs: 3, results: { changed: 2, queued: 1 }, interrupted: false })
    expect(await app.jobs.get((first as NonNullable<typeof first>).id)).toMatchObject({ state: 'succeeded' })
  })

  it('cancel by filter: a queued job that has started since the list goes on, if queued ones were meant', async () => {
    const { app, faults, worker } = await made(maker, 3)
    const open = faults.hold('cancelJobs')
    const cancelling = app.jobs.cancel({ state: 'queued' })
    await until(() => faults.callsOf('cancelJobs').length === 1, 'they are listed')
    const [started] = await worker.take(1)
    open()
    expect(await cancelling).toEqual({ jobs: 3, results: { changed: 1, cancelled: 2 }, interrupted: false })
    expect(await app.jobs.get((started as NonNullable<typeof started>).id)).toMatchObject({ state: 'running', cancelRequested: false })
  })

  it('redrive by ids leaves all that is not dead, each named once', async () => {
    const { app, worker } = await made(maker, 2)
    const [one, two] = await worker.take(2)
    await worker.finish([endOf(one as NonNullable<typeof one>, 'dead'), endOf(two as NonNullable<typeof two>, 'succeeded')])
    const ids = [one, two, one].map((held) => (held as NonNullable<typeof held>).id)
    expect((await app.dead.redrive(ids)).map(({ result }) => result)).toEqual(['queued', 'changed', 'queued'])
    expect((await worker.take()).length).toBe(1)
  })
})
