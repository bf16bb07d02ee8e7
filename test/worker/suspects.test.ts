/** Suspects are claimed one at a time and run with nothing beside them; one that takes long is no poison pill. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ClaimEnd } from '#dist/engine/index.js'
import type { Attempt } from '#dist/worker/index.js'
import { Suspects } from '#dist/worker/suspects.js'

const LANES = ['a/!', 'b/!']

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

const endOf = (id: string): ClaimEnd => ({ id }) as ClaimEnd
const attemptOf = (id: string): Attempt => ({ job: { id }, startedAt: performance.now() }) as unknown as Attempt

function holding(id = 'j'): Suspects {
  const suspects = new Suspects()
  suspects.saw(LANES)
  suspects.claiming()
  suspects.claimed(id)
  return suspects
}

function alone(id = 'j'): Suspects {
  const suspects = holding(id)
  suspects.toMark()
  suspects.marked()
  suspects.startedAlone()
  return suspects
}

describe('Suspects', () => {
  it('asks for one, from all their lanes, where there are any', () => {
    const suspects = new Suspects()
    expect(suspects.toClaim()).toBeNull()
    suspects.saw(LANES)
    expect(suspects.toClaim()).toEqual([
      { lane: 'a/!', limit: 1 },
      { lane: 'b/!', limit: 1 },
    ])
    expect(suspects.exclusive).toBe(false)
  })

  it('asks for no second while one is claimed, held or running', () => {
    const suspects = new Suspects()
    suspects.saw(LANES)
    suspects.claiming()
    expect([suspects.toClaim(), suspects.exclusive]).toEqual([null, false])
    suspects.claimed('j')
    expect([suspects.toClaim(), suspects.exclusive]).toEqual([null, true])
    suspects.toMark()
    expect([suspects.toClaim(), suspects.exclusive]).toEqual([null, true])
    suspects.marked()
    expect([suspects.toClaim(), suspects.exclusive]).toEqual([null, true])
    suspects.startedAlone()
    expect([suspects.toClaim(), suspects.exclusive, suspects.runningAlone]).toEqual([null, true, true])
  })

  it('forgets its lanes when a claim finds nothing, until they are seen again', () => {
    const suspects = new Suspects()
    suspects.saw(LANES)
    suspects.claiming()
    suspects.claimed(undefined)
    expect([suspects.toClaim(), suspects.exclusive]).toEqual([null, false])
    suspects.saw(LANES)
    expect(suspects.toClaim()).not.toBeNull()
  })

  it('may start once the store knows, and is marked by one at a time', () => {
    const suspects = holding()
    expect([suspects.mustWait('j'), suspects.mustWait('other'), suspects.mayStart]).toEqual([true, false, false])
    expect([suspects.toMark(), suspects.toMark()]).toEqual([true, false])
    expect(suspects.mayStart).toBe(false)
    suspects.marked()
    expect(suspects.mayStart).toBe(true)
  })

  it('is marked again when the store did not hear of it', () => {
    const suspects = holding()
    suspects.toMark()
    suspects.unmarked()
    expect([suspects.mayStart, suspects.toMark()]).toEqual([false, true])
  })

  it('is over when the end of the suspect is written, and the next one comes after as long a rest', () => {
    const suspects = holding()
    suspects.toMark()
    suspects.marked()
    suspects.startedAlone()
    const attempt = attemptOf('j')
    vi.advanceTimersByTime(400)
    suspects.ended(attemptOf('other'))
    suspects.ended(attempt)
    // Until the store knows of its end, a crash would still be put down to it: nothing else starts.
    expect([suspects.exclusive, suspects.runningAlone, suspects.toClaim()]).toEqual([true, true, null])
    vi.advanceTimersByTime(20_000)
    expect([suspects.tired(), suspects.written([endOf('other')]), suspects.exclusive]).toEqual([false, false, true])
    expect(suspects.written([endOf('other'), endOf('j')])).toBe(true)
    expect([suspects.exclusive, suspects.runningAlone]).toEqual([false, false])
    expect(suspects.written([endOf('j')])).toBe(false)
  })

  it('lets ordinary jobs have as long as the suspect took', () => {
    const suspects = alone()
    const attempt = attemptOf('j')
    vi.advanceTimersByTime(400)
    suspects.ended(attempt)
    suspects.written([endOf('j')])
    expect([suspects.restMs, suspects.toClaim()]).toEqual([400, null])
    vi.advanceTimersByTime(399)
    expect(suspects.toClaim()).toBeNull()
    vi.advanceTimersByTime(1)
    expect([suspects.toClaim()?.length, suspects.restMs]).toEqual([2, 0])
  })

  it.each([
    ['while it waits for others to end', holding],
    ['while it runs', alone],
  ])('lets others run beside it after ten seconds, %s', (_when, make) => {
    const suspects = make()
    vi.advanceTimersByTime(9999)
    expect([suspects.tired(), suspects.exclusive]).toEqual([false, true])
    vi.advanceTimersByTime(1)
    expect([suspects.tired(), suspects.tired(), suspects.exclusive, suspects.mustWait('j')]).toEqual([true, false, false, false])
    // However long the job goes on: the next suspect waits for a rest only.
    expect(suspects.toClaim()).toBeNull()
    vi.advanceTimersByTime(10_001)
    expect(suspects.toClaim()).not.toBeNull()
    suspects.ended(attemptOf('j'))
    expect(suspects.toClaim()).not.toBeNull()
  })

  it('does not become alone by an answer that comes too late', () => {
    const suspects = holding()
    suspects.toMark()
    vi.advanceTimersByTime(10_000)
    suspects.tired()
    suspects.marked()
    suspects.unmarked()
    expect([suspects.mayStart, suspects.exclusive]).toEqual([false, false])
  })

  it('is dropped when it is taken back before its start', () => {
    const suspects = holding()
    suspects.dropped('other')
    expect(suspects.exclusive).toBe(true)
    suspects.dropped('j')
    expect([suspects.exclusive, suspects.toClaim()?.length]).toEqual([false, 2])
  })
})
