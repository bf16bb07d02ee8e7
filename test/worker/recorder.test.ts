/** Progress and log lines: the last report is kept, lines in order and capped, in few statements, and nothing after the end. */
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { type JobContext, newId, typed } from '#dist/core/index.js'
import type { Attempt } from '#dist/worker/attempt.js'
import { Recorder } from '#dist/worker/recorder.js'
import { sqliteMemory } from '../support/engines.js'
import { refusal } from '../support/faulty-engine.js'
import { errorOf, makers } from '../support/stores.js'
import { newApp } from './parts.js'

type Run = (input: number, ctx: JobContext) => unknown

const jobOf = (run: Run) => defineJob({ name: 'work', input: typed<number>(), retry: false, run })

describe.each(makers)('$name', (maker) => {
  async function ran(run: Run) {
    const made = await newApp(maker, [jobOf(run)])
    const worker = made.app.worker()
    await worker.start()
    const { id } = await made.app.enqueue(jobOf(run), 1)
    await errorOf(made.app.jobs.wait(id))
    return { ...made, id, worker }
  }

  it('of a hundred reports the last is kept, written before the end, in one statement', async () => {
    const { app, faults, id } = await ran(async (_input, ctx) => {
      for (let done = 1; done <= 100; done++) await ctx.progress(done, 100, `page ${done}`)
    })
    expect((await app.jobs.get(id))?.progress).toEqual({ done: 100, total: 100, text: 'page 100' })
    expect(faults.callsOf('recordIfOwned').length).toBe(1)
  })

  it('reports of a running job can be seen while it runs', async () => {
    let go: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    const job = jobOf(async (_input, ctx) => {
      await ctx.progress(3)
      await held
    })
    const { app } = await newApp(maker, [job])
    await app.worker().start()
    const { id } = await app.enqueue(job, 1)
    await expect.poll(async () => (await app.jobs.get(id))?.progress, { timeout: 5000 }).toEqual({ done: 3 })
    go()
    await app.jobs.wait(id)
  })

  it('lines are kept in order, with level and fields, and go to the logger of the app, bound to the job', async () => {
    const { app, id, log } = await ran((_input, ctx) => {
      ctx.log.info('begin')
      ctx.log.warn('slow', { ms: 12 })
      ctx.log.debug('detail')
      ctx.log.error('half\ud800 and \0 NUL')
    })
    const lines = await app.jobs.logs(id)
    expect(lines.map(({ n, level, line, fields }) => [n, level, line, fields])).toEqual([
      [1, 'info', 'begin', undefined],
      [2, 'warn', 'slow', { ms: 12 }],
      [3, 'debug', 'detail', undefined],
      [4, 'error', 'half\ufffd and \ufffd NUL', undefined],
    ])
    expect((await app.jobs.logs(id, { after: 2, limit: 1 })).map(({ n }) => n)).toEqual([3])
    const slow = log.codes('job.log').find(({ message }) => message === 'slow')
    expect(slow).toMatchObject({ level: 'warn', fields: { job: id, name: 'work', queue: 'default', attempt: 1, ms: 12 } })
  })

  it("fields of the handler do not take the place of the line's own", async () => {
    const { id, log, app } = await ran((_input, ctx) => {
      ctx.log.error('call failed', { code: 'ECONNREFUSED', job: 'mine', host: 'db', fields: 1 })
      ctx.log.info('fine', { host: 'db', fields: 1 })
    })
    const own = { code: 'job.log', job: id, host: 'db' }
    expect(log.codes('job.log').map(({ fields }) => fields)).toMatchObject([
      { ...own, fields: { code: 'ECONNREFUSED', job: 'mine', fields: 1 } },
      { ...own, fields: 1 },
    ])
    expect((await app.jobs.logs(id))[0]?.fields).toMatchObject({ code: 'ECONNREFUSED', job: 'mine', host: 'db', fields: 1 })
  })

  it('the first thousand lines of a job stay, and long ones are cut', async () => {
    const { app, id } = await ran((_input, ctx) => {
      for (let n = 1; n <= 1200; n++) ctx.log.info(`line ${n}`)
      ctx.log.info('x'.repeat(20_000))
    })
    const lines = await app.jobs.logs(id, { limit: 5000 })
    expect([lines.length, lines[0]?.line, lines[999]?.line]).toEqual([1000, 'line 1', 'line 1000'])
    const long = await ran((_input, ctx) => ctx.log.info('x'.repeat(20_000)))
    expect((await long.app.jobs.logs(long.id))[0]?.line).toMatch(/^x{8192}… \(11808 more characters\)$/)
  })

  it('lines that the store will not take are said to be lost, and the job ends all the same', async () => {
    const job = jobOf((_input, ctx) => ctx.log.info('lost'))
    const { app, faults, log } = await newApp(maker, [job])
    faults.failBefore('recordIfOwned', 1, refusal)
    await app.worker().start()
    const { id } = await app.enqueue(job, 1)
    await app.jobs.wait(id)
    expect(log.codes('job.record.failed')).toMatchObject([{ fields: { lost: 1 } }])
    expect(await app.jobs.logs(id)).toEqual([])
  })

  it('lines and the last report of a running job are kept while the store blinks', async () => {
    let go: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    const job = jobOf(async (_input, ctx) => {
      ctx.log.info('one')
      await ctx.progress(1)
      ctx.log.info('two')
      await ctx.progress(2)
      await held
    })
    const { app, faults, log } = await newApp(maker, [job])
    faults.failBefore('recordIfOwned', 2)
    await app.worker().start()
    const { id } = await app.enqueue(job, 1)
    await expect.poll(async () => (await app.jobs.logs(id)).map(({ line }) => line), { timeout: 10_000 }).toEqual(['one', 'two'])
    expect((await app.jobs.get(id))?.progress).toEqual({ done: 2 })
    expect([faults.pending, log.codes('job.record.failed').length]).toEqual([0, 1])
    go()
    await app.jobs.wait(id)
  })

  it('a job that never stops talking keeps no other from ending', async () => {
    let talking = true
    onTestFinished(() => {
      talking = false
    })
    const chatty = defineJob({
      name: 'chatty',
      async run(_input: unknown, ctx) {
        for (let n = 1; talking; n++) {
          ctx.log.info('more')
          await ctx.progress(n)
          await turn()
        }
      },
    })
    const quick = jobOf((_input, ctx) => ctx.log.info('done'))
    const { app } = await newApp(maker, [chatty, quick], { logger: false })
    await app.worker().start()
    const { id: long } = await app.enqueue(chatty)
    await expect.poll(async () => (await app.jobs.logs(long)).length, { timeout: 10_000 }).toBeGreaterThan(0)
    const { id } = await app.enqueue(quick, 1)
    await app.jobs.wait(id, { timeout: 10_000 })
    expect([(await app.jobs.logs(id)).length, talking]).toEqual([1, true])
    talking = false
    await app.jobs.wait(long)
  })

  it('after its end a job reports nothing', async () => {
    let kept: JobContext | undefined
    const { app, id, worker } = await ran((_input, ctx) => {
      kept = ctx
      ctx.log.info('in time')
    })
    expect(await errorOf(kept?.progress(1) as Promise<void>)).toMatchObject({ code: 'WS_LEASE_LOST' })
    kept?.log.info('too late')
    await worker.stop()
    expect((await app.jobs.logs(id)).map(({ line }) => line)).toEqual(['in time'])
    expect((await app.jobs.get(id))?.progress).toBeNull()
  })

  it('a report that is no number, or too long a text, fails who makes it', async () => {
    const wrong: unknown[] = []
    const { app, id } = await ran(async (_input, ctx) => {
      wrong.push(await errorOf(ctx.progress(Number.NaN)), await errorOf(ctx.progress(1, 2, 'x'.repeat(1001))))
      wrong.push(await errorOf(ctx.progress(1, Number.POSITIVE_INFINITY)))
    })
    expect(wrong).toMatchObject([{ field: 'done' }, { field: 'progress text' }, { name: 'WorksongError' }])
    expect((await app.jobs.get(id))?.progress).toBeNull()
  })

  it('lines of a job that there is not are none', async () => {
    const { app } = await newApp(maker, [])
    expect(await app.jobs.logs(newId())).toEqual([])
  })
})

it('who flushes beside another waits for what that one has taken with him', async () => {
  const { faults } = await newApp(sqliteMemory, [])
  const recorder = new Recorder(faults.engine, undefined)
  const attempt = { job: { id: newId(), claim: 1, entry: 1 }, lease: newId(), settled: false } as Attempt
  const calls = () => faults.callsOf('recordIfOwned').length
  const openFirst = faults.hold('recordIfOwned')
  recorder.progress(attempt, '1')
  const before = recorder.flush()
  await expect.poll(calls).toBe(1)
  recorder.progress(attempt, '2')
  const flushed: string[] = []
  const both = ['one', 'other'].map((who) => recorder.flush().then(() => flushed.push(who)))
  openFirst()
  const openSecond = faults.hold('recordIfOwned')
  await before
  await expect.poll(calls).toBe(2)
  for (let turns = 0; turns < 10; turns++) await turn()
  expect(flushed).toEqual([])
  openSecond()
  await Promise.all(both)
  recorder.close()
})
