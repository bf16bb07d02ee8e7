/** A job's log lines on real stores, page by page and followed, and what stands beside a job that is shown. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { type JobContext, newId } from '#dist/core/index.js'
import { type JobLogLine, jobsLogs, jobsShow, workersList } from '#dist/operations/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { errorOf, makers } from '../support/stores.js'
import { newApp } from '../worker/parts.js'

describe.each(makers)('$name', (maker) => {
  async function made(run: (ctx: JobContext) => unknown) {
    const job = defineJob({ name: 'talk', retry: { delays: ['1ms'] }, run: (_input, ctx) => run(ctx) })
    const { app, engine, faults } = await newApp(maker, [job])
    const worker = app.worker({ name: 'w1' })
    await worker.start()
    const { id } = await app.enqueue(job)
    /** Follow the job; what has come, as it comes. */
    const follow = (input: object = {}, signal: AbortSignal = new AbortController().signal) => {
      const seen: JobLogLine[] = []
      const tools = { engine: faults.engine, jobs: new Map(), enqueue: () => Promise.reject(new Error('not here')) }
      const ended = (async () => {
        for await (const part of jobsLogs.follow?.(tools as never, { id, ...input }, signal) ?? []) seen.push(...part)
      })()
      return { seen, ended }
    }
    return { app, engine, faults, id, worker, follow }
  }

  const talked = (words: number) => (ctx: JobContext) => {
    for (let n = 1; n <= words; n++) ctx.log.info(`word ${n}`, n % 2 ? undefined : { n })
  }

  it('pages, with fields and claims of their own', async () => {
    const { app, id } = await made((ctx) => {
      ctx.log.warn('page', { p: ctx.job.attempt })
      if (ctx.job.attempt === 1) throw new Error('again')
    })
    await app.jobs.wait(id)
    const lines = await app.jobs.logs(id)
    expect(lines).toEqual([
      { n: 1, claim: 1, at: expect.any(Date), level: 'warn', line: 'page', fields: { p: 1 } },
      { n: 2, claim: 2, at: expect.any(Date), level: 'warn', line: 'page', fields: { p: 2 } },
    ])
    expect((await app.jobs.get(id))?.attempts.map(({ claim, end }) => [claim, end])).toEqual([
      [1, 'retrying'],
      [2, 'succeeded'],
    ])
    expect(await app.jobs.logs(id, { after: 1 })).toEqual([lines[1]])
    expect(await app.jobs.logs(id, { limit: 1 })).toEqual([lines[0]])
    expect(await app.operate(jobsLogs, { id, after: '2' })).toEqual([])
  })

  it('none: of a job that wrote none, and of none at all, which an operator is told', async () => {
    const { app, id } = await made(() => 1)
    await app.jobs.wait(id)
    expect(jobsLogs.show(await app.operate(jobsLogs, { id }))).toBe('(none: a handler writes them with ctx.log)')
    const missing = newId()
    expect(await app.jobs.logs(missing)).toEqual([])
    expect(await errorOf(app.operate(jobsLogs, { id: missing }))).toMatchObject({ code: 'WS_JOB_NOT_FOUND' })
  })

  it('follows from the first line, over a retry, to the last line of the last attempt', async () => {
    let go: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    const { follow } = await made(async (ctx) => {
      ctx.log.info(`begin ${ctx.job.attempt}`)
      if (ctx.job.attempt === 1) throw new Error('again')
      await held
      ctx.log.info('end')
    })
    const { seen, ended } = follow()
    await until(() => seen.length === 2, 'what it says while it runs')
    go()
    await ended
    expect(seen.map(({ n, line }) => [n, line])).toEqual([
      [1, 'begin 1'],
      [2, 'begin 2'],
      [3, 'end'],
    ])
  })

  it('follows a long log in parts, behind a line and up to a limit, while the store blinks', async () => {
    const { app, id, follow, faults } = await made(talked(450))
    await app.jobs.wait(id)
    faults.failBefore('readLogs', 2)
    const all = follow()
    await all.ended
    expect(all.seen.map(({ n }) => n)).toEqual(Array.from({ length: 450 }, (_, at) => at + 1))
    expect(faults.pending).toBe(0)
    const some = follow({ after: 100, limit: 300 })
    await some.ended
    expect([some.seen[0]?.n, some.seen.length, some.seen.at(-1)?.n]).toEqual([101, 300, 400])
  })

  it('ends where it is told to, and of a job that there is not it says so', async () => {
    let go: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    const { app, id, follow } = await made((ctx) => {
      ctx.log.info('begin')
      return held
    })
    const stop = new AbortController()
    const { seen, ended } = follow({}, stop.signal)
    await until(() => seen.length === 1, 'it has begun')
    stop.abort()
    await ended
    expect(await errorOf(follow({ id: newId() }).ended)).toMatchObject({ code: 'WS_JOB_NOT_FOUND' })
    go()
    await app.jobs.wait(id)
  })

  it('show has the last lines, and the name of the worker while it runs; get is the job alone', async () => {
    let go: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    const { app, id, worker } = await made(async (ctx) => {
      talked(8)(ctx)
      await held
    })
    await until(async () => (await app.jobs.logs(id)).length === 8, 'its lines are stored')
    const shown = await app.operate(jobsShow, { id })
    expect(shown).toMatchObject({ runsOn: { name: 'w1', pid: process.pid }, logs: { total: 8, last: [{ n: 4 }, {}, {}, {}, { n: 8 }] } })
    const text = jobsShow.show(shown)
    expect(text).toContain(`worker:   w1, pid ${process.pid} on `)
    expect(text).toMatch(
      new RegExp(`\\nlog \\(the last 5 of 8 lines; all: worksong jobs logs ${id}\\):\\n {2}4 .* word 4 {"n":4}\\n(.*\\n){3} {2}8 .*$`),
    )
    expect(jobsShow.show(await app.operate(jobsShow, { id, logs: '8' }))).toMatch(/\nlog:\n {2}1 /)
    expect(jobsShow.show(await app.operate(jobsShow, { id, logs: '0' }))).not.toContain('log')
    expect(Object.keys((await app.jobs.get(id)) ?? {})).not.toEqual(expect.arrayContaining(['logs']))
    expect(await app.workers.list()).toMatchObject([
      { id: worker.id, name: 'w1', state: 'live', holding: 1, queues: ['default'], startedAt: expect.any(Date), beatAt: expect.any(Date) },
    ])
    expect(workersList.show(await app.operate(workersList, {}))).toMatch(
      new RegExp(
        `^name +state +since +holding +queues +host +pid +id\\nw1 +live +\\S+ \\S+Z +1 +default +\\S+ +${process.pid} +${worker.id}$`,
      ),
    )
    go()
    await app.jobs.wait(id)
    await worker.stop()
    expect(await app.workers.list()).toMatchObject([{ state: 'stopped', holding: 0 }])
  })
})
