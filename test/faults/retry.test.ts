/** When and how often a job runs again, and what is said when it never will. */
import { describe, expect, it } from 'vitest'
import type { JobView } from 'worksong'
import { check } from './check.js'
import { engines, stage } from './stage.js'

/** How long after the end of each attempt the next began, by the store's clock. */
function gaps({ attempts }: JobView): number[] {
  const starts = attempts.map(({ at, ranMs }) => at.getTime() - (ranMs ?? 0))
  return attempts.slice(1).map((_, index) => (starts[index + 1] as number) - (attempts[index] as { at: Date }).at.getTime())
}

/** Times are whole milliseconds by two clocks. */
const SLACK_MS = 5

describe.each(engines)('%s', (engine) => {
  it('waits as long as asked, as often as allowed', async () => {
    const on = await stage(engine)
    await on.worker()
    const delays = await on.enqueueOne('fail-until', { attempt: 4 }, { retry: { delays: ['100ms', '400ms', '50ms'] } })
    const asking = await on.enqueueOne('fail-until', { attempt: 2, after: '300ms' })
    const saying = await on.enqueueOne('say', { outcome: 'retryAfter', delay: '250ms' })
    const sleeping = await on.enqueueOne('say', { outcome: 'snooze', delay: '100ms', times: 3 }, { retry: false })
    const unwanted = await on.enqueueOne('say', { outcome: 'cancel' })
    const hopeless = await on.enqueueOne('say', { outcome: 'discard' })
    const failing = await on.enqueueOne('throwing-hook', {}, { retry: { delays: ['10ms', '10ms'] } })
    await on.drained()
    const jobs = await check(on)
    const view = (id: string) => jobs.get(id) as JobView
    const ends = (id: string) => view(id).attempts.map(({ end, attempt }) => `${end} ${attempt}`)

    expect(ends(delays)).toEqual(['retrying 1', 'retrying 2', 'retrying 3', 'succeeded 4'])
    gaps(view(delays)).forEach((gap, index) => {
      expect(gap).toBeGreaterThanOrEqual(([100, 400, 50][index] as number) - SLACK_MS)
    })
    expect(ends(asking)).toEqual(['retrying 1', 'succeeded 2'])
    expect(gaps(view(asking))[0]).toBeGreaterThanOrEqual(300 - SLACK_MS)
    expect(ends(saying)).toEqual(['retrying 1', 'succeeded 2'])
    expect(gaps(view(saying))[0]).toBeGreaterThanOrEqual(250 - SLACK_MS)
    expect(ends(sleeping)).toEqual(['snoozed 0', 'snoozed 0', 'snoozed 0', 'succeeded 1'])
    expect(ends(unwanted)).toEqual(['cancelled 1'])
    expect(ends(hopeless)).toEqual(['dead 1'])
    expect(ends(failing)).toEqual(['retrying 1', 'retrying 2', 'dead 3'])
    await on.until('both deaths were told', () => on.evidence('dead').length === 2)
    expect(new Set(on.evidence('dead').map(({ job }) => job))).toEqual(new Set([hopeless, failing]))
    await on.until('the hook that threw is named', () => on.logs('hook.failed').length === 1)
    const after = await on.enqueueOne('work')
    await on.until('the worker goes on', () => on.evidence('end', after).length === 1)
    expect(on.stderr()).toBe('')
  })
})
