/**
 * The book of leases under any order of claims, ends and flushes: no lease is closed while an end of it is unwritten or under way elsewhere,
 * and every lease is closed in the end.
 */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ClaimEnd } from '#dist/engine/index.js'
import { LeaseBook, MARK_AFTER_MS } from '#dist/worker/leases.js'

function endIn(lease: string, id: string): ClaimEnd {
  return { lease, id, claim: 1, entry: 1, queue: 'q', end: 'succeeded', used: 1, ranMs: 0, body: null }
}

interface Flight {
  readonly ends: readonly ClaimEnd[]
  readonly closing: readonly string[]
  /** Sent once this one has been answered: the second half of a flush that was cut. */
  readonly after?: Flight
}

/** A worker and its store, as far as the book knows of them. */
class World {
  readonly book = new LeaseBook()
  readonly open = new Map<string, Set<string>>()
  readonly closed = new Set<string>()
  readonly written = new Set<string>()
  gathered: ClaimEnd[] = []
  flights: Flight[] = []
  readonly told = new Map<string, number>()
  #made = 0

  claim(jobs: number, starting: number): void {
    const lease = `lease ${this.#made++}`
    this.open.set(lease, new Set(Array.from({ length: jobs }, (_, job) => `${lease} job ${job}`)))
    this.book.opened(lease, jobs, Math.min(starting, jobs), false)
    this.told.set(lease, Math.min(starting, jobs))
  }

  /** Start and end one job of one lease. */
  end(pick: number): void {
    const running = [...this.open].flatMap(([lease, jobs]) => [...jobs].map((job) => ({ lease, job })))
    const one = running[pick % (running.length || 1)]
    if (!one) return
    this.open.get(one.lease)?.delete(one.job)
    this.book.jobStarted(one.lease, Number(one.job.split(' ').at(-1)))
    this.book.jobEnded(one.lease)
    this.gathered.push(endIn(one.lease, one.job))
  }

  flush(): void {
    const ends = this.gathered
    this.gathered = []
    this.#send(this.#reported(ends))
  }

  /** One of the flushes under way is answered. */
  answer(pick: number): void {
    const flight = this.flights.splice(pick % (this.flights.length || 1), 1)[0]
    if (!flight) return
    for (const { id } of flight.ends) this.written.add(id)
    for (const lease of flight.closing) this.closed.add(lease)
    this.book.flown(flight.ends, flight.closing)
    if (flight.after) this.#send(flight.after)
  }

  /** One of the flushes under way is refused, and goes again in halves, as the turns do it. */
  halve(pick: number): void {
    const at = pick % (this.flights.length || 1)
    const whole = this.flights[at]
    if (!whole || whole.ends.length < 2 || whole.after) return
    this.flights.splice(at, 1)
    const half = whole.ends.length >> 1
    this.book.grounded(whole.ends)
    const first = this.#reported(whole.ends.slice(0, half))
    const second = this.#reported(whole.ends.slice(half))
    this.#send({ ...first, after: { ends: second.ends, closing: [...whole.closing, ...second.closing] } })
  }

  #reported(ends: readonly ClaimEnd[]): Flight {
    const { closing, started = [] } = this.book.report(ends)
    for (const { lease, count } of started) {
      expect(count).toBeGreaterThan(this.told.get(lease) ?? 0)
      this.told.set(lease, count)
    }
    return { ends, closing }
  }

  #send(flight: Flight): void {
    for (const lease of flight.closing) {
      const mine = (end: ClaimEnd) => end.lease === lease
      expect([...(this.open.get(lease) ?? [])], 'jobs of it still run').toEqual([])
      expect(this.gathered.filter(mine), 'ends of it wait here').toEqual([])
      const elsewhere = this.flights.flatMap((other) => [...other.ends, ...(other.after?.ends ?? [])])
      expect(elsewhere.filter(mine), 'ends of it are under way elsewhere').toEqual([])
    }
    this.flights.push(flight)
  }
}

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('claim' as const), jobs: fc.integer({ min: 1, max: 6 }), starting: fc.nat({ max: 4 }) }),
    { weight: 4, arbitrary: fc.record({ do: fc.constant('end' as const), pick: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
    fc.record({ do: fc.constant('pass' as const), ms: fc.nat({ max: 150 }) }),
    { weight: 2, arbitrary: fc.record({ do: fc.constant('answer' as const), pick: fc.nat() }) },
    fc.record({ do: fc.constant('halve' as const), pick: fc.nat() }),
  ),
  { maxLength: 60 },
)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

describe('LeaseBook', () => {
  it('closes every lease, and none too early', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const world = new World()
        for (const step of list) {
          if (step.do === 'claim') world.claim(step.jobs, step.starting)
          else if (step.do === 'flush') world.flush()
          else if (step.do === 'pass') vi.advanceTimersByTime(step.ms)
          else world[step.do](step.pick)
        }
        while ([...world.open.values()].some((jobs) => jobs.size > 0)) world.end(0)
        for (let rounds = 0; world.gathered.length > 0 || world.flights.length > 0 || world.book.closable; rounds++) {
          expect(rounds).toBeLessThan(100)
          world.flush()
          while (world.flights.length > 0) world.answer(0)
        }
        expect([...world.closed].sort()).toEqual([...world.open.keys()].sort())
      }),
      { numRuns: 2000 },
    )
  })

  it('tells of starts once, only what the store does not know, and only once they are worth telling', () => {
    const book = new LeaseBook()
    book.opened('a', 10, 3, false)
    for (const place of [0, 1, 2]) book.jobStarted('a', place)
    vi.advanceTimersByTime(MARK_AFTER_MS)
    expect([book.unmarked, book.markable, book.report([])]).toEqual([false, false, { closing: [], started: [] }])
    book.jobStarted('a', 5)
    book.jobStarted('a', 4)
    expect([book.unmarked, book.markable]).toEqual([true, true])
    expect(book.report([])).toEqual({ closing: [], started: [{ lease: 'a', count: 6 }] })
    expect([book.unmarked, book.markable, book.report([])]).toEqual([false, false, { closing: [], started: [] }])
  })

  it('does not tell of starts in a lease that is young, nor in one that has nothing left', () => {
    const book = new LeaseBook()
    book.opened('a', 2, 0, false)
    book.jobStarted('a', 0)
    vi.advanceTimersByTime(MARK_AFTER_MS - 1)
    expect([book.unmarked, book.markable, book.report([]).started]).toEqual([true, false, []])
    vi.advanceTimersByTime(1)
    expect(book.markable).toBe(true)
    book.jobEnded('a')
    book.jobEnded('a')
    expect([book.unmarked, book.markable, book.report([]).started]).toEqual([false, false, []])
  })

  it('says once that a job that was alone is alone no more', () => {
    const book = new LeaseBook()
    book.opened('a', 1, 0, true)
    book.opened('b', 1, 1, false)
    expect([book.isAlone('a'), book.isAlone('b'), book.isAlone('c')]).toEqual([true, false, false])
    book.share()
    expect(book.isAlone('a')).toBe(false)
    expect(book.report([]).started).toEqual([{ lease: 'a', count: 0, shared: true }])
    expect(book.report([]).started).toEqual([])
    book.share()
    expect(book.report([]).started).toEqual([])
  })

  it('keeps quiet about leases that it does not hold', () => {
    const book = new LeaseBook()
    book.jobStarted('x', 1)
    book.jobEnded('x')
    expect(book.report([endIn('x', 'j')])).toEqual({ closing: [], started: [] })
    book.flown([endIn('x', 'j')], ['x'])
    expect(book.closable).toBe(false)
  })
})
