/** A graceful stop under load: no claim after the signal, what is unfinished goes back without using an attempt, exit code 0. */
import { describe, expect, it } from 'vitest'
import { check } from './check.js'
import { engines, type Stage, stage } from './stage.js'

/** Of what this process did, all that came after a line. */
function after(on: Stage, pid: number, ev: string) {
  const own = on.evidence().filter((line) => line.pid === pid)
  return own.slice(own.findIndex((line) => line.ev === ev) + 1)
}

describe.each(engines)('%s', (engine) => {
  it('SIGTERM among jobs of a millisecond and of a minute', async () => {
    const on = await stage(engine)
    const worker = await on.worker({ concurrency: 10, grace: '300ms', exit: true })
    const long = [...(await on.enqueue('work', Array(2).fill({ ms: 60_000 }))), await on.enqueueOne('wait-and-throw')]
    await on.until('the long ones run', () => on.evidence('start').length === 3)
    await on.enqueue(
      'work',
      Array.from({ length: 3000 }, () => ({ ms: 1 })),
    )
    await on.until('it is under load', () => on.evidence('end').length > 200)
    worker.signal('SIGTERM')
    expect(await worker.exit()).toEqual({ code: 0, signal: null })
    expect(after(on, worker.pid, 'stopping').filter(({ ev }) => ev === 'start')).toEqual([])

    expect((await on.app.workers.list()).map(({ state, holding }) => [state, holding])).toEqual([['stopped', 0]])
    const { queued, succeeded, live } = await on.counts()
    expect(queued).toBe(live)
    expect((succeeded ?? 0) + live).toBe(3003)
    for (const id of long) {
      expect(await on.app.jobs.get(id)).toMatchObject({ state: 'queued', attempt: 0, attempts: [{ end: 'returned', attempt: 0 }] })
    }

    for (const id of long) await on.app.jobs.cancel(id)
    await on.worker({ concurrency: 10 })
    await on.drained()
    const jobs = await check(on, { extraStarts: 1 })
    const starts = new Set(on.evidence('start').map(({ job }) => job))
    expect(starts.size).toBe(3003)
    expect([...jobs.values()].filter(({ state }) => state === 'succeeded').every(({ attempt }) => attempt === 1)).toBe(true)
    expect(on.evidence('start').length).toBe(3003)
    expect(on.stderr()).toBe('')
  })

  it('a second signal does not wait for the grace', async () => {
    const on = await stage(engine)
    const worker = await on.worker({ concurrency: 2, grace: '1h' })
    const id = await on.enqueueOne('wait-and-throw')
    await on.until('it runs', () => on.evidence('start').length === 1)
    worker.signal('SIGTERM')
    await on.until('it is stopping', () => on.evidence('stopping').length === 1)
    expect(on.evidence('abort')).toEqual([])
    worker.signal('SIGTERM')
    expect(await worker.exit()).toEqual({ code: 0, signal: null })
    expect(on.evidence('abort').map(({ reason }) => reason)).toEqual(['WS_STOPPING'])
    expect(await on.app.jobs.get(id)).toMatchObject({ state: 'queued', attempt: 0, attempts: [{ end: 'returned' }] })
  })
})
