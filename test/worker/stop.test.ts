/** A graceful stop: no claim after it, what has not started goes back, what runs gets its grace, and no attempt is lost. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { type JobContext, typed } from '#dist/core/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { errorOf, makers } from '../support/stores.js'
import { Gate, newApp, type TestApp } from './parts.js'

const claims = ({ faults }: TestApp) => faults.calls.filter(({ method }) => method === 'claim' || method === 'finishThenClaim').length

describe.each(makers)('$name', (maker) => {
  it('lets running jobs finish, gives the others back unstarted, and claims no more', async () => {
    const gate = new Gate()
    const job = gate.job('work')
    const made = await newApp(maker, [job])
    await made.app.enqueueMany(job, [...Array(10).keys()])
    const worker = made.app.worker({ concurrency: 3 })
    await worker.start()
    await until(() => gate.running === 3 && worker.load.buffered > 0, 'three run and more are held')
    const stopping = worker.stop({ grace: '1m' })
    expect(worker.state).toBe('stopping')
    const before = claims(made)
    await made.app.enqueue(job, 'too late')
    await until(async () => (await made.app.jobs.list({ state: 'queued', limit: 100 })).jobs.length === 8, 'the unstarted are back')
    gate.all()
    await stopping
    expect([worker.state, claims(made), gate.started]).toEqual(['stopped', before, [0, 1, 2]])
    const { jobs } = await made.app.jobs.list({ limit: 100 })
    expect(jobs.filter(({ state }) => state === 'succeeded').length).toBe(3)
    expect(jobs.filter(({ state, attempt }) => state === 'queued' && attempt === 0).length).toBe(8)
    expect(await made.app.workers.list()).toMatchObject([{ state: 'stopped', holding: 0 }])
  })

  it('interrupts what runs past the grace, and gives it back without using an attempt', async () => {
    const reasons: unknown[] = []
    const obey = defineJob({
      name: 'obey',
      input: typed<number>(),
      run: (_n, ctx: JobContext) =>
        new Promise<void>((_resolve, reject) => {
          ctx.signal.addEventListener('abort', () => {
            reasons.push((ctx.signal.reason as { code: string }).code)
            reject(ctx.signal.reason)
          })
        }),
    })
    const { app, log } = await newApp(maker, [obey])
    const { id } = await app.enqueue(obey, 1)
    const worker = app.worker()
    await worker.start()
    await until(() => worker.load.running === 1, 'it runs')
    await worker.stop({ grace: 20 })
    expect(reasons).toEqual(['WS_STOPPING'])
    const message = 'worker stopped; a job was interrupted and went back to its queue'
    expect(log.codes('worker.stopped')).toMatchObject([{ message, fields: { returned: 1 } }])
    expect(await app.jobs.get(id)).toMatchObject({ state: 'queued', attempt: 0, attempts: [{ end: 'returned', attempt: 0 }], errors: [] })
  })

  it('a second stop with no grace hurries the first, also past handlers that hear nothing', async () => {
    const gate = new Gate()
    const job = gate.job('deaf')
    const { app, log } = await newApp(maker, [job])
    const { id } = await app.enqueue(job, 1)
    const worker = app.worker()
    await worker.start()
    await until(() => gate.running === 1, 'it runs')
    const first = worker.stop({ grace: '1h' })
    const second = worker.stop({ grace: 0 })
    await Promise.all([first, second])
    expect(await app.jobs.get(id)).toMatchObject({ state: 'queued', attempt: 0 })
    gate.all()
    await until(() => log.codes('job.late').length === 1, 'its late end is noted')
    expect(await app.jobs.get(id)).toMatchObject({ state: 'queued', attempt: 0 })
  })

  it('waits for ends that a store which is away has not taken yet', async () => {
    const gate = new Gate()
    const job = gate.job('work')
    const { app, faults } = await newApp(maker, [job])
    const { id } = await app.enqueue(job, 1)
    const worker = app.worker()
    await worker.start()
    await until(() => gate.running === 1, 'it runs')
    faults.failBefore('finishIfOwned', 3)
    faults.failBefore('finishThenClaim', 3)
    gate.all()
    await worker.stop()
    expect(await app.jobs.get(id)).toMatchObject({ state: 'succeeded', attempt: 1 })
  })

  it('of a worker that was never started is at once, and it cannot be started after', async () => {
    const { app } = await newApp(maker, [])
    const worker = app.worker()
    await worker.stop()
    expect(worker.state).toBe('stopped')
    expect(await errorOf(worker.start())).toMatchObject({ code: 'WS_CLOSED' })
    expect(await app.workers.list()).toEqual([])
  })

  it('starting twice is starting once, and a stop during the start is a stop', async () => {
    const { app, log } = await newApp(maker, [])
    const worker = app.worker({ name: 'only', labels: ['gpu'] })
    await Promise.all([worker.start(), worker.start()])
    expect(await app.workers.list()).toMatchObject([{ id: worker.id, name: 'only', labels: ['gpu'], state: 'live' }])
    const other = app.worker()
    const starting = other.start()
    await other.stop()
    await errorOf(starting)
    expect(log.codes('worker.started')[0]?.message).toBe("worker 'only' started")
    expect(log.codes('worker.stopped').every(({ message, fields }) => message === 'worker stopped' && fields.returned === 0)).toBe(true)
    expect(other.state).toBe('stopped')
    expect((await app.workers.list()).filter(({ state }) => state === 'live').length).toBe(1)
  })

  it('refuses a grace that is no duration', async () => {
    const { app } = await newApp(maker, [])
    const worker = app.worker()
    await worker.start()
    expect(await errorOf(Promise.resolve().then(() => worker.stop({ grace: 'soon' })))).toMatchObject({
      code: 'WS_INVALID_DURATION',
      field: 'grace',
    })
    expect(worker.state).toBe('running')
  })
})
