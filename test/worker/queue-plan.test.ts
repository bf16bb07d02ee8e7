/** Which lanes a claim names: in strict order or by weight, and never more than a queue's limit leaves room for. */
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { QueuePlan } from '#dist/worker/queue-plan.js'
import { thrownBy } from '../support/stores.js'

const NO_CAPS = new Map<string, number>()

afterEach(() => {
  vi.restoreAllMocks()
})

/** Numbers that are the same in every run. */
function seedRandom(): void {
  let state = 20_220_703
  vi.spyOn(Math, 'random').mockImplementation(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  })
}

describe('strict order', () => {
  it('names the queues as listed, each once, each with the whole limit', () => {
    const plan = new QueuePlan(['high', 'default', 'high', 'low'], NO_CAPS)
    expect(plan.names).toEqual(['high', 'default', 'low'])
    const wanted = ['high', 'default', 'low'].map((lane) => ({ lane, limit: 7 }))
    for (let time = 0; time < 5; time++) expect(plan.lanes(7)).toEqual(wanted)
  })

  it('puts the lanes of kinds known here before their queue, and forgets them when they are empty', () => {
    const plan = new QueuePlan(['a', 'b'], NO_CAPS)
    plan.sawLanes(['a', 'a/@mail', 'b/@pay', 'c/@mail', 'a/!'], ['mail'])
    expect(plan.lanes(3).map(({ lane }) => lane)).toEqual(['a/@mail', 'a', 'b'])
    plan.sawLanes(['a'], ['mail'])
    expect(plan.lanes(3).map(({ lane }) => lane)).toEqual(['a', 'b'])
  })
})

describe('weights', () => {
  it('choose the first queue as often as they say', () => {
    seedRandom()
    const weights = { high: 6, default: 3, low: 1 }
    const plan = new QueuePlan(weights, NO_CAPS)
    const first: Record<string, number> = { high: 0, default: 0, low: 0 }
    const DRAWS = 20_000
    for (let draw = 0; draw < DRAWS; draw++) {
      const lanes = plan.lanes(1)
      const lane = lanes[0]?.lane as string
      first[lane] = (first[lane] ?? 0) + 1
    }
    for (const [queue, weight] of Object.entries(weights)) {
      const expected = (DRAWS * weight) / 10
      expect(Math.abs((first[queue] ?? 0) - expected), queue).toBeLessThan(5 * Math.sqrt(expected))
    }
  })

  it('leave every queue in every claim, so that nothing starves while others are empty', () => {
    const plan = new QueuePlan({ a: 1e6, b: 1e-6 }, NO_CAPS)
    for (let draw = 0; draw < 100; draw++) expect(plan.lanes(1).map(({ lane }) => lane)).toEqual(expect.arrayContaining(['a', 'b']))
  })
})

describe('limits of queues', () => {
  it('never give more room than is left, whatever is counted in and out', () => {
    const step = fc.record({ queue: fc.constantFrom('a', 'b', 'c'), jobs: fc.integer({ min: -3, max: 5 }) })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 10 }),
        fc.array(step),
        fc.integer({ min: 1, max: 50 }),
        (capA, capB, list, limit) => {
          const caps = new Map([
            ['a', capA],
            ['b', capB],
          ])
          const plan = new QueuePlan(['a', 'b', 'c'], caps)
          const held: Record<string, number> = { a: 0, b: 0, c: 0 }
          for (const { queue, jobs } of list) {
            const change = Math.max(jobs, -(held[queue] ?? 0))
            plan.count(queue, change)
            held[queue] = (held[queue] ?? 0) + change
          }
          const room = new Map(plan.lanes(limit).map(({ lane, limit: most }) => [lane, most]))
          for (const [queue, cap] of caps) expect(room.get(queue) ?? 0).toBe(Math.max(0, Math.min(limit, cap - (held[queue] ?? 0))))
          expect(room.get('c')).toBe(limit)
        },
      ),
    )
  })

  it('are shared by the lanes of a queue', () => {
    const plan = new QueuePlan(['a'], new Map([['a', 3]]))
    plan.sawLanes(['a/@mail', 'a/@sms'], ['mail', 'sms'])
    const sum = (limit: number) => plan.lanes(limit).reduce((total, one) => total + one.limit, 0)
    expect([sum(10), sum(2), sum(1)]).toEqual([3, 2, 1])
    plan.count('a', 2)
    expect(plan.lanes(10)).toEqual([{ lane: 'a', limit: 1 }])
  })

  it('are known, and a new session holds nothing', () => {
    const plan = new QueuePlan(['a'], new Map([['a', 2]]))
    expect([plan.capped, new QueuePlan(['a'], NO_CAPS).capped]).toEqual([true, false])
    plan.count('a', 2)
    expect(plan.lanes(5)).toEqual([])
    plan.reset()
    expect(plan.lanes(5)).toEqual([{ lane: 'a', limit: 2 }])
  })
})

describe('wrong queues', () => {
  it.each<[string, unknown, string, string]>([
    ['none', [], 'WS_INVALID_OPTION', 'queues'],
    ['none with weights', {}, 'WS_INVALID_OPTION', 'queues'],
    ['a name with a slash', ['a/b'], 'WS_INVALID_NAME', 'queue'],
    ['a weight of nothing', { a: 0 }, 'WS_INVALID_OPTION', 'queues.a'],
    ['a weight below nothing', { a: 1, b: -1 }, 'WS_INVALID_OPTION', 'queues.b'],
    ['a weight that is text', { a: '3' }, 'WS_INVALID_OPTION', 'queues.a'],
    ['a weight that is no number', { a: Number.NaN }, 'WS_INVALID_OPTION', 'queues.a'],
    ['a weight without an end', { a: Number.POSITIVE_INFINITY }, 'WS_INVALID_OPTION', 'queues.a'],
  ])('are refused by name: %s', (_what, queues, code, field) => {
    expect(thrownBy(() => new QueuePlan(queues as string[], NO_CAPS))).toMatchObject({ code, field })
  })
})
