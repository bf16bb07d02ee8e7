/** What an operator wishes of a worker: to take no more jobs, to take them again, to stop. */
import { describe, expect, it } from 'vitest'
import { until } from '#dist/testing/conformance/index.js'
import { makers } from '../support/stores.js'
import { Gate, newApp } from './parts.js'

describe.each(makers)('$name', (maker) => {
  it('quiet: what runs goes on, what has not started goes back, nothing is claimed; then resumed', async () => {
    const gate = new Gate()
    const job = gate.job('held')
    const { app, log } = await newApp(maker, [job])
    const worker = app.worker({ name: 'w1', concurrency: 1 })
    await worker.start()
    const { id } = await app.enqueue(job, 1)
    await until(() => gate.running === 1, 'it runs')
    expect(await app.workers.quiet('w1')).toMatchObject([{ worker: 'w1', id: worker.id, result: 'asked' }])
    await until(() => log.codes('worker.quiet').length === 1, 'it is quiet')
    expect(await app.workers.list()).toMatchObject([{ name: 'w1', wish: 'quiet', state: 'live' }])
    const { id: later } = await app.enqueue(job, 2)
    gate.next()
    await app.jobs.wait(id)
    await until(() => worker.load.running + worker.load.buffered === 0, 'it is idle')
    expect([(await app.jobs.get(later))?.state, gate.started]).toEqual(['queued', [1]])
    await app.workers.resume(worker.id as string)
    await until(() => gate.running === 1, 'it claims again')
    expect(log.codes('worker.resumed').length).toBe(1)
    gate.next()
    await app.jobs.wait(later)
  })

  it('stop: as by its own stop, within its grace; those who wait are told', async () => {
    const gate = new Gate()
    const job = gate.job('held')
    const { app, log } = await newApp(maker, [job])
    const worker = app.worker({ name: 'w1', grace: '10m' })
    const other = app.worker({ name: 'w2' })
    await Promise.all([worker.start(), other.start()])
    await app.workers.quiet('w2')
    await until(() => log.codes('worker.quiet').length === 1, 'only the first works')
    const { id } = await app.enqueue(job, 1)
    await until(() => gate.running === 1, 'it runs')
    const stopping = app.workers.stop(['w1', 'nobody'], { wait: '30s' })
    await until(() => worker.state === 'stopping', 'it stops')
    expect(log.codes('worker.stopping')).toMatchObject([{ message: expect.stringContaining('grace 10m') }])
    gate.next()
    expect(await stopping).toMatchObject([
      { worker: 'w1', result: 'stopped' },
      { worker: 'nobody', result: 'missing' },
    ])
    await worker.stopped
    expect([worker.state, other.state, (await app.jobs.get(id))?.state]).toEqual(['stopped', 'running', 'succeeded'])
  })

  it('a worker that was declared lost goes on as quiet as it was', async () => {
    const gate = new Gate()
    const job = gate.job('held')
    const { app, engine, log } = await newApp(maker, [job])
    const worker = app.worker({ name: 'w1' })
    await worker.start()
    await app.workers.quiet('w1')
    await until(() => log.codes('worker.quiet').length === 1, 'it is quiet')
    const before = worker.id as string
    const { beat } = (await engine.listWorkers()).find(({ id }) => id === before) as { beat: number }
    expect(await engine.loseWorkerIfSilent({ worker: before, beat })).toBe(true)
    await until(() => worker.id !== undefined && worker.id !== before, 'it has a new identity')
    await until(
      async () => (await engine.listWorkers()).some(({ id, wish }) => id === worker.id && wish === 'quiet'),
      'the wish is its own',
    )
    await app.enqueue(job, 1)
    await app.workers.resume('w1')
    await until(() => gate.running === 1, 'it claims again')
    gate.all()
  })
})
