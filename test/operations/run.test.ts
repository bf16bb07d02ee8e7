/** Running handlers here and now: of a job that is in no store, and of one that waits in it. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { cancel, discard, newId, retryAfter, snooze, typed } from '#dist/core/index.js'
import { jobsRun, load, run } from '#dist/operations/index.js'
import { noopText } from '#dist/operations/load-noops.js'
import { until } from '#dist/testing/conformance/index.js'
import { errorOf, jobsIn, makers } from '../support/stores.js'
import { Gate, newApp } from '../worker/parts.js'

const schema = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (value: unknown) => (typeof value === 'number' ? { value } : { issues: [{ message: 'expected a number' }] }),
  },
}
const twice = defineJob({ name: 'twice', input: schema, run: (n) => (n as number) * 2 })
const says = defineJob({
  name: 'says',
  input: typed<string>(),
  timeout: '20ms',
  run: (what) => {
    if (what === 'snooze') return snooze('1h', 'later')
    if (what === 'retryAfter') return retryAfter('5m', 'busy')
    if (what === 'cancel') return cancel('not wanted')
    if (what === 'discard') return discard('useless')
    if (what === 'hang') return new Promise<never>(() => undefined)
    throw new RangeError(what)
  },
})
const contract = defineJob({ name: 'contract' })

describe.each(makers)('$name', (maker) => {
  it('app.run: the checks, the middleware, the handler, its result; nothing is stored but what it enqueues', async () => {
    const layers: string[] = []
    const parent = defineJob({
      name: 'parent',
      middleware: [
        async (ctx, next) => {
          layers.push(ctx.job.name)
          return next()
        },
      ],
      async run(_, ctx) {
        ctx.log.info('here', { attempt: ctx.job.attempt })
        await ctx.progress(1, 2)
        return (await app.enqueue(twice, 4)).id
      },
    })
    const { app, engine, log } = await newApp(maker, [twice, parent])
    expect(await app.run(twice, 2)).toBe(4)
    expect(await jobsIn(engine)).toBe(0)
    const child = await app.run(parent)
    expect(await app.jobs.get(child)).toMatchObject({ name: 'twice', parentId: expect.any(String), state: 'queued' })
    expect([layers, await jobsIn(engine)]).toEqual([['parent'], 1])
    expect(log.codes('job.log')).toMatchObject([{ message: 'here', fields: { name: 'parent' } }])
    expect(await errorOf(app.run(twice, 'x' as never))).toMatchObject({ code: 'WS_INVALID_INPUT' })
    expect(await errorOf(app.run(contract))).toMatchObject({ code: 'WS_NO_HANDLER' })
  })

  it('app.run throws what the handler threw, and in words what is no result', async () => {
    const { app } = await newApp(maker, [says])
    expect(await errorOf(app.run(says, 'boom'))).toBeInstanceOf(RangeError)
    expect(await errorOf(app.run(says, 'snooze'))).toMatchObject({
      code: 'WS_JOB_NOT_DONE',
      message: expect.stringMatching(/snoozed.* in 1h: later/),
    })
    expect(await errorOf(app.run(says, 'retryAfter'))).toMatchObject({
      code: 'WS_JOB_NOT_DONE',
      message: expect.stringMatching(/in 5m: busy/),
    })
    expect(await errorOf(app.run(says, 'cancel'))).toMatchObject({ code: 'WS_JOB_CANCELLED' })
    expect(await errorOf(app.run(says, 'discard'))).toMatchObject({ code: 'WS_JOB_DEAD' })
    expect(await errorOf(app.run(says, 'hang'))).toMatchObject({ code: 'WS_TIMEOUT' })
  })

  it('run, as a verb, reports', async () => {
    const { app } = await newApp(maker, [says, twice])
    const good = await app.operate(run, { job: 'twice', input: '21' })
    expect(good).toEqual({ name: 'twice', end: 'succeeded', ranMs: expect.any(Number), result: 42 })
    expect([run.show(good), run.failed?.(good)]).toEqual([expect.stringMatching(/^succeeded \(ran \d+ ms\)\nresult: 42$/), false])
    const bad = await app.operate(run, { job: 'says', input: '"boom"' })
    expect(run.failed?.(bad)).toBe(true)
    expect(run.show(bad)).toMatch(/^failed; a worker would try it again in .+\nRangeError: boom\n +at /)
    const stop = AbortSignal.abort()
    const interrupted = await app.operate(run, { job: 'says', input: '"hang"' }, { signal: stop })
    expect(interrupted.end).toBe('returned')
    expect(run.interrupted?.(interrupted)).toBe(true)
  })

  it('jobs.run takes just that job, wherever it waits, and stores its end like any attempt', async () => {
    const { app, engine } = await newApp(maker, [says, twice])
    const { id: other } = await app.enqueue(twice, 1)
    const { id } = await app.enqueue(twice, 3, { delay: '1h', queue: 'elsewhere' })
    expect(await app.jobs.run(id)).toBe(6)
    expect(await app.jobs.get(id)).toMatchObject({ state: 'succeeded', result: 6, attempt: 1 })
    expect((await app.jobs.get(other))?.state).toBe('queued')
    const { id: failing } = await app.enqueue(says, 'boom')
    expect(await errorOf(app.jobs.run(failing))).toBeInstanceOf(RangeError)
    expect(await app.jobs.get(failing)).toMatchObject({ state: 'scheduled', attempt: 1, errors: [{ message: 'boom' }] })
    expect((await engine.listWorkers()).every(({ state }) => state === 'stopped')).toBe(true)
  })

  it('jobs.run refuses what does not wait, is not there, or has no handler', async () => {
    const gate = new Gate()
    const held = gate.job('held')
    const { app } = await newApp(maker, [twice, held, contract])
    const { id: done } = await app.enqueue(twice, 1)
    await app.jobs.run(done)
    expect(await errorOf(app.jobs.run(done))).toMatchObject({
      code: 'WS_JOB_NOT_WAITING',
      message: expect.stringContaining('has ended: succeeded'),
    })
    await app.worker().start()
    const { id } = await app.enqueue(held, undefined)
    await until(() => gate.running === 1, 'it runs')
    expect(await errorOf(app.jobs.run(id))).toMatchObject({
      code: 'WS_JOB_NOT_WAITING',
      message: expect.stringContaining('is running already'),
    })
    gate.all()
    await app.jobs.wait(id)
    expect(await errorOf(app.jobs.run(newId()))).toMatchObject({ code: 'WS_JOB_NOT_FOUND' })
    const { id: other } = await app.enqueue(contract, undefined, { delay: '1h' })
    expect(await errorOf(app.jobs.run(other))).toMatchObject({ code: 'WS_NO_HANDLER' })
  })

  it('jobs run that is interrupted gives the job back', async () => {
    const gate = new Gate()
    const held = gate.job('held')
    const { app } = await newApp(maker, [held])
    const { id } = await app.enqueue(held, undefined)
    const stop = new AbortController()
    const running = app.operate(jobsRun, { id }, { signal: stop.signal })
    await until(() => gate.running === 1, 'it runs')
    stop.abort()
    const report = await running
    expect([report.end, jobsRun.interrupted?.(report), jobsRun.show(report)]).toEqual([
      'returned',
      true,
      expect.stringContaining('back in its queue'),
    ])
    expect(await app.jobs.get(id)).toMatchObject({ state: 'queued', attempt: 0 })
    gate.all()
  })

  it('load: no-ops go in and out, are counted, and leave nothing', async () => {
    const { app, engine } = await newApp(maker, [twice])
    const free = await app.operate(load, { jobs: 300 })
    expect(free).toMatchObject({ enqueued: 300, drained: 300, accounts: { in: 400, succeeded: 400, runs: 400, left: 0, balanced: true } })
    const paced = await app.operate(load, { jobs: 50, rate: 2000, size: 500 })
    expect(paced).toMatchObject({ enqueued: 50, latency: { jobs: 50 }, accounts: { in: 50, balanced: true } })
    expect(load.show(paced)).toMatch(
      /^enqueued: 50 \(.+\/s\)\ndrained: {2}50 .+\nlatency: {2}p50 .+\naccounts: 50 in, 50 succeeded, 0 left: each once\njobs: {5}deleted$/,
    )
    expect(await jobsIn(engine)).toBe(0)
    expect(await app.queues.list()).toEqual([])
    expect(load.show(free)).toContain('accounts: 400 in (100 of them for the latency), 400 succeeded, 0 left: each once\n')
    const kept = (await app.operate(load, { jobs: 10, keep: true })) as { queue: string }
    const beside = await app.operate(load, { jobs: 10, rate: 1000 })
    expect(beside).toMatchObject({ leftovers: [{ queue: kept.queue, states: { succeeded: 110 } }] })
    expect(load.show(beside)).toContain(`\n  worksong queues purge ${kept.queue} --state succeeded --yes`)
    expect((await app.queues.list()).map(({ name, succeeded }) => [name, succeeded])).toEqual([[kept.queue, 110]])
    const fleet = await app.operate(load, { job: 'twice', input: '1', jobs: 25 })
    expect(fleet).toMatchObject({ job: 'twice', enqueued: 25, interrupted: false })
    expect((await app.queues.list()).find(({ name }) => name === 'default')).toMatchObject({ queued: 25 })
    expect(await errorOf(app.operate(load, { job: 'twice', input: '"x"', jobs: 5 }))).toMatchObject({ code: 'WS_INVALID_INPUT' })
  })
})

it('what a killed load left is named with how to clear it, running jobs too', () => {
  const accounts = { in: 0, succeeded: 0, runs: 0, left: 0, balanced: true }
  const leftovers = [{ queue: 'q', states: { running: 260, succeeded: 5 } }]
  const rates = { enqueued: 0, enqueuePerSecond: 0, drained: 0, drainPerSecond: 0, latency: null, probes: 0 }
  expect(noopText({ ...rates, queue: 'own', jobs: 0, accounts, leftovers, kept: false, interrupted: false })).toMatch(
    new RegExp(
      [
        '\\nqueue q is of another load: 260 running, 5 succeeded\\. If that was killed:',
        '  worksong jobs cancel --queue q --state running --yes',
        '    \\(they end .*\\)',
        '  worksong queues purge q --state succeeded --yes',
        '  worksong queues purge q --state cancelled --yes$',
      ].join('\\n'),
    ),
  )
})
