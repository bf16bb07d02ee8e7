/** Operators' writes are tried again while the store blinks, and only then. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { newId, WorksongError } from '#dist/core/index.js'
import { jobsRetry } from '#dist/operations/index.js'
import { persist } from '#dist/operations/persist.js'
import { sqliteMemory } from '../support/engines.js'
import { blink, lost, refusal } from '../support/faulty-engine.js'
import { errorOf } from '../support/stores.js'
import { newApp } from '../worker/parts.js'

const job = defineJob({ name: 'job', queue: 'q', run: () => 1 })

async function made() {
  const { app, faults } = await newApp(sqliteMemory, [job])
  const { id } = await app.enqueue(job, undefined, { delay: '1h' })
  return { app, faults, id }
}

describe('while the store blinks', () => {
  it('cancel, retry, pause and resume are tried again', async () => {
    const { app, faults, id } = await made()
    for (const method of ['pauseQueue', 'resumeQueue', 'retryJobs', 'cancelJobs'] as const) faults.failBefore(method, 2)
    await app.queues.pause('q')
    expect((await app.queues.list()).find(({ name }) => name === 'q')?.paused).not.toBeNull()
    expect([await app.jobs.retry(id), await app.jobs.cancel(id)]).toEqual(['queued', 'cancelled'])
    await app.queues.resume('q')
    expect((await app.queues.list()).find(({ name }) => name === 'q')?.paused).toBeNull()
    expect(faults.pending).toBe(0)
  })

  it('a lost answer is asked for again where that changes nothing', async () => {
    const { app, faults, id } = await made()
    faults.failAfter('cancelJobs')
    expect(await app.jobs.cancel(id)).toBe('ended')
    faults.failAfter('retryJobs', 1, lost)
    expect(await errorOf(app.jobs.retry(id))).toMatchObject({ unknownOutcome: true })
    expect(faults.callsOf('retryJobs').length).toBe(1)
  })

  it('a retry of thousands wakes their queues without a look at each', async () => {
    const { app, faults } = await made()
    const ids = Array.from({ length: 2000 }, () => newId())
    await app.enqueueMany(
      job,
      ids.map(() => undefined),
      { delay: '1h', id: (_, at) => ids[at] as string },
    )
    faults.calls.length = 0
    expect(await app.operate(jobsRetry, { ids })).toEqual(ids.map((id) => ({ id, result: 'queued' })))
    expect(faults.calls.filter(({ method }) => method === 'announce')).toEqual([{ method: 'announce', p: ['q'] }])
    expect(faults.calls.length).toBeLessThan(20)
  })

  it('a store that is busy is waited for longer than one that is away', async () => {
    let tries = 0
    const busy = new WorksongError('WS_STORE_BUSY', 'a deadlock', { retryable: true })
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const tried = persist(async () => {
      // A deadlock is noticed after a second.
      await new Promise((resolve) => setTimeout(resolve, 1000))
      if (++tries < 6) throw busy
      return 'done'
    }).catch(String)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(await tried).toBe('done')
  })

  it('patience ends after some seconds', async () => {
    const { app, faults, id } = await made()
    faults.failBefore('cancelJobs', 1000, blink)
    const begun = performance.now()
    expect(await errorOf(app.jobs.cancel(id))).toMatchObject({ code: 'WS_STORE_UNREACHABLE' })
    expect(performance.now() - begun).toBeGreaterThan(2000)
  })
})

it('what the store refuses is not tried again', async () => {
  const { app, faults, id } = await made()
  faults.failBefore('cancelJobs', 1, refusal)
  expect(await errorOf(app.jobs.cancel(id))).toMatchObject({ code: 'WS_STORE_FAILED' })
  expect(faults.callsOf('cancelJobs').length).toBe(1)
})
