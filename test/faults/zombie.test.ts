/** A worker that was frozen for longer than its lease wakes up: what it did meanwhile is refused, and it begins again under a new identity. */
import { describe, expect, it } from 'vitest'
import { check } from './check.js'
import { engines, SHORT, stage } from './stage.js'

describe.concurrent.each(engines)('%s', (engine) => {
  it('a zombie is refused, told, and works again', async ({ onTestFinished }) => {
    const on = await stage(engine, { onTestFinished })
    const zombie = await on.worker({ concurrency: 5, lease: SHORT })
    const ids = await on.enqueue('wait-and-report', [{}, {}, {}])
    const finishing = await on.enqueueOne('work', { ms: 3000 })
    await on.until('the zombie runs them', () => on.evidence('start').length === 4)
    // The store hears of starts with the ends of others, or a little later: this one ends when they are old enough.
    const told = await on.enqueueOne('work', { ms: 300 })
    await on.until('the store knows of their starts', async () => (await on.app.jobs.get(told))?.state === 'succeeded')
    const { id: before } = await zombie.ask<{ id: string }>('state')
    zombie.signal('SIGSTOP')

    const other = await on.worker({ concurrency: 4 })
    await on.drained()
    zombie.signal('SIGCONT')
    await on.until('its handlers have been told', () => on.evidence('late').length === 3)
    await on.until('it has a new identity', async () => ![before, undefined].includes((await zombie.ask<{ id?: string }>('state')).id))

    const aborts = on.evidence('abort').filter(({ pid }) => pid === zombie.pid)
    expect(new Set(aborts.map(({ reason }) => reason))).toEqual(new Set(['WS_LEASE_LOST']))
    expect(on.evidence('late').map(({ said }) => said)).toEqual(['WS_LEASE_LOST', 'WS_LEASE_LOST', 'WS_LEASE_LOST'])

    other.signal('SIGTERM')
    expect(await other.exit()).toEqual({ code: 0, signal: null })
    const later = await on.enqueue('work', [{}, {}, {}])
    await on.until('the former zombie works', () => later.every((id) => on.evidence('end', id)[0]?.pid === zombie.pid))
    zombie.signal('SIGTERM')
    expect(await zombie.exit()).toEqual({ code: 0, signal: null })

    const jobs = await check(on, { extraStarts: 1 })
    for (const id of [...ids, finishing]) {
      const job = jobs.get(id)
      expect(job?.attempts.map(({ end, attempt }) => [end, attempt])).toEqual([
        ['lost-running', 1],
        ['succeeded', 2],
      ])
      expect(job?.progress).toBeNull()
      expect(await on.app.jobs.logs(id)).toEqual([])
      if (id !== finishing) expect(job?.result).toBe('the second runner')
    }
    expect(on.stderr()).toBe('')
  })
})
