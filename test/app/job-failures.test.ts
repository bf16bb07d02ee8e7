/** A failed attempt that is to be retried, and a death, are in the log: which job, which attempt, when next, and why. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { retryAfter } from '#dist/core/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { makers } from '../support/stores.js'
import { newApp } from '../worker/parts.js'

const boom = () => {
  throw new TypeError('boom\nand more', { cause: new Error('below') })
}

describe.each(makers)('$name', (maker) => {
  it('every failed attempt is logged with its error, and the last as a death', async () => {
    const job = defineJob({ name: 'bad', retry: { delays: [0, '20ms'] }, run: boom })
    const { app, log } = await newApp(maker, [job])
    await app.worker().start()
    const { id } = await app.enqueue(job)
    await until(() => log.codes('job.dead').length === 1, 'it is dead')
    const error = {
      name: 'TypeError',
      message: 'boom\nand more',
      stack: expect.stringContaining('job-failures'),
      cause: { message: 'below' },
    }
    const common = { job: id, name: 'bad', queue: 'default', maxAttempts: 3, error }
    const [first, second, ...others] = log.codes('job.failed')
    expect(first).toMatchObject({
      level: 'warn',
      message: "job 'bad' failed (attempt 1 of 3), again at once: TypeError: boom",
      fields: { ...common, attempt: 1, delayMs: 0 },
    })
    expect(second).toMatchObject({
      message: "job 'bad' failed (attempt 2 of 3), next in 20ms: TypeError: boom",
      fields: { ...common, attempt: 2, delayMs: 20 },
    })
    expect(others).toEqual([])
    expect(log.codes('job.dead')).toMatchObject([
      { level: 'error', message: "job 'bad' is dead (attempt 3 of 3): TypeError: boom", fields: { ...common, attempt: 3 } },
    ])
  })

  it('words stay one line of a length to be read; our own errors go by their code', async () => {
    const jobs = [
      defineJob({ name: 'long', retry: { delays: ['1h'] }, run: () => Promise.reject(new Error('x'.repeat(999))) }),
      defineJob({ name: 'big', retry: { delays: ['90m'] }, run: () => 10n }),
      defineJob({ name: 'busy', run: () => retryAfter('5m', 'rate limited') }),
    ]
    const { app, log } = await newApp(maker, jobs)
    await app.worker().start()
    for (const job of jobs) await app.enqueue(job)
    await until(() => log.codes('job.failed').length === 3, 'all have failed')
    const messages = log.codes('job.failed').map(({ message }) => message)
    expect(messages).toContain(`job 'long' failed (attempt 1 of 2), next in 1h: Error: ${'x'.repeat(200)}…`)
    expect(messages.some((message) => message.startsWith("job 'big' failed (attempt 1 of 2), next in 1h30m: WS_UNSTORABLE: "))).toBe(true)
    expect(messages).toContain("job 'busy' failed (attempt 1 of 5), next in 5m: RetryAfter: rate limited")
  })

  it('a cancelled job has not failed', async () => {
    const job = defineJob({
      name: 'k',
      run: (_input, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('own')))),
    })
    const { app, log } = await newApp(maker, [job])
    const worker = app.worker()
    await worker.start()
    const { id } = await app.enqueue(job)
    await until(() => worker.load.running === 1, 'it runs')
    await app.jobs.cancel(id)
    await until(async () => (await app.jobs.get(id))?.state === 'cancelled', 'it is cancelled')
    expect([...log.codes('job.failed'), ...log.codes('job.dead')]).toEqual([])
  })
})
