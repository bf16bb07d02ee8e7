/** Whether there may be work: what hints, answers and room made say of it. */
import { describe, expect, it } from 'vitest'
import { Appetite } from '#dist/worker/appetite.js'
import { QueuePlan } from '#dist/worker/queue-plan.js'

const appetite = () => new Appetite(new QueuePlan(['narrow', 'wide'], new Map([['narrow', 1]])), 10)

describe('Appetite', () => {
  it('is over when the latest claim found nothing, until a hint', () => {
    const one = appetite()
    one.sent('a')
    one.answered('a', false)
    expect(one.work).toBe(false)
    one.hinted()
    expect(one.work).toBe(true)
  })

  it('a hint that comes while a claim is under way counts for the next', () => {
    const one = appetite()
    one.sent('a')
    one.hinted()
    one.answered('a', false)
    expect(one.work).toBe(true)
  })

  it('so does room in a queue that was full, which that claim had left out; of a queue without a limit it says nothing', () => {
    const one = appetite()
    one.sent('a')
    one.roomMade('narrow')
    one.answered('a', false)
    expect(one.work).toBe(true)
    one.sent('b')
    one.roomMade('wide')
    one.answered('b', false)
    expect(one.work).toBe(false)
  })
})
