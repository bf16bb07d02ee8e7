/** What runs when: limits per worker and per queue, strict order between queues, priorities within one. */
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { until } from '#dist/testing/conformance/index.js'
import { makers } from '../support/stores.js'
import { Gate, newApp } from './parts.js'

describe.each(makers)('$name', (maker) => {
  it('a worker runs as many as its concurrency, and never more', async () => {
    const gate = new Gate()
    const job = gate.job('work')
    const { app } = await newApp(maker, [job])
    await app.enqueueMany(job, [...Array(40).keys()])
    const worker = app.worker({ concurrency: 7 })
    await worker.start()
    await until(() => gate.running === 7, 'seven run')
    for (let n = 0; n < 40; n++) {
      gate.next()
      await turn()
    }
    await until(() => {
      gate.all()
      return gate.started.length === 40 && gate.running === 0
    }, 'all have run')
    expect(gate.most).toBe(7)
    expect(new Set(gate.started).size).toBe(40)
  })

  it('a queue with a limit of its own runs no more than that, and leaves the slots to others', async () => {
    const narrow = new Gate()
    const wide = new Gate()
    const jobs = [narrow.job('narrow', { queue: 'narrow' }), wide.job('wide')] as const
    const { app } = await newApp(maker, jobs, { queues: { narrow: { concurrency: 2 } } })
    await app.enqueueMany(jobs[0], [...Array(6).keys()])
    await app.enqueueMany(jobs[1], [...Array(30).keys()])
    await app.worker({ queues: ['narrow', 'default'], concurrency: 10 }).start()
    await until(() => narrow.running === 2 && wide.running === 8, 'the slots are shared')
    await until(() => {
      narrow.next()
      wide.next()
      return narrow.started.length === 6 && wide.started.length === 30 && narrow.running + wide.running === 0
    }, 'all have run')
    expect([narrow.most, wide.most <= 10]).toEqual([2, true])
  })

  it('a queue that was full goes on with the end of a job, not with the next poll', async () => {
    const gate = new Gate()
    const job = gate.job('narrow', { queue: 'narrow' })
    const { app, faults } = await newApp(maker, [job], { queues: { narrow: { concurrency: 1 } } })
    await app.enqueueMany(job, [...Array(8).keys()])
    await app.worker({ queues: ['narrow'] }).start()
    await until(() => gate.running === 1, 'the first runs')
    const polls = faults.callsOf('pulse').length
    await until(() => {
      gate.next()
      return gate.started.length === 8
    }, 'all have started')
    // Eight polls would be six seconds; one or two may fall into a slow machine's run.
    expect(faults.callsOf('pulse').length - polls).toBeLessThan(4)
    gate.all()
  })

  it('queues in strict order: nothing of the second while the first has something', async () => {
    const gate = new Gate()
    const high = gate.job('high', { queue: 'high' })
    const low = gate.job('low', { queue: 'low' })
    const { app } = await newApp(maker, [high, low])
    for (let n = 0; n < 5; n++) {
      await app.enqueue(low, `low ${n}`)
      await app.enqueue(high, `high ${n}`)
    }
    await app.worker({ queues: ['high', 'low'], concurrency: 1 }).start()
    await until(() => {
      gate.next()
      return gate.started.length === 10
    }, 'all have run')
    gate.all()
    expect(gate.started).toEqual([...Array(5).keys()].map((n) => `high ${n}`).concat([...Array(5).keys()].map((n) => `low ${n}`)))
  })

  it('queues by weight: each gets its turn', async () => {
    const gate = new Gate()
    const jobs = ['a', 'b'].map((queue) => gate.job(queue, { queue }))
    const { app } = await newApp(maker, jobs)
    for (const job of jobs) await app.enqueueMany(job, Array(60).fill(job.name))
    await app.worker({ queues: { a: 3, b: 1 }, concurrency: 2 }).start()
    await until(() => {
      gate.all()
      return gate.started.length === 120
    }, 'all have run')
    gate.all()
    expect(gate.started.slice(0, 60)).toEqual(expect.arrayContaining(['a', 'b']))
  })

  it('within a queue a higher priority overtakes what is not yet held', async () => {
    const gate = new Gate()
    const job = gate.job('work')
    const { app } = await newApp(maker, [job])
    await app.enqueueMany(job, [...Array(30).keys()], { priority: 'low' })
    const worker = app.worker({ concurrency: 1 })
    await worker.start()
    await until(() => gate.running === 1, 'one runs')
    const held = worker.load.buffered
    await app.enqueue(job, 'urgent', { priority: 'high' })
    await until(() => {
      gate.next()
      return gate.started.length === 31
    }, 'all have run')
    gate.all()
    expect(held).toBeLessThanOrEqual(1)
    expect(gate.started.indexOf('urgent')).toBeLessThanOrEqual(held + 2)
    expect(gate.started.filter((one) => one !== 'urgent')).toEqual([...Array(30).keys()])
  })

  it('a queue that is not served, or is paused, gives nothing until it is', async () => {
    const gate = new Gate()
    const job = gate.job('work')
    const { app } = await newApp(maker, [job])
    await app.queues.pause('default', { by: 'ann', reason: 'the ERP is down' })
    await app.enqueueMany(job, [1, 2], { queue: 'elsewhere' })
    await app.enqueue(job, 3)
    await app.enqueue(job, 4, { queue: 'served' })
    await app.worker({ queues: ['default', 'served'] }).start()
    await until(() => gate.started.length === 1, 'the one runs')
    expect(gate.started).toEqual([4])
    await app.queues.resume('default')
    await until(() => gate.started.length === 2, 'the paused one runs')
    expect(gate.started).toEqual([4, 3])
    gate.all()
  })
})
