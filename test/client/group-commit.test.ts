/** Concurrent enqueues go together in few statements; each gets its own answer, whatever happens to the others or to the store. */
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { newId, typed } from '#dist/core/index.js'
import { blink, refusal } from '../support/faulty-engine.js'
import { errorOf, jobsIn, makers } from '../support/stores.js'
import { type Client, newClient } from './parts.js'

const job = defineJob({ name: 'n', input: typed<number>() })

/** `count` callers in one tick. */
function callers(client: Client, count: number): Promise<PromiseSettledResult<{ id: string; status: string }>[]> {
  return Promise.allSettled(Array.from({ length: count }, (_, n) => client.enqueuer.enqueue(job, n)))
}

const sizes = (client: Client) => client.faults.callsOf('insertJobs').map(({ jobs }) => jobs.length)

describe.each(makers)('$name', (maker) => {
  it('64 callers of one tick share one statement, and each gets its own id', async () => {
    const client = await newClient(maker)
    const answers = await callers(client, 64)
    expect(sizes(client)).toEqual([64])
    const ids = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.id : 'failed'))
    expect(new Set(ids).size).toBe(64)
    for (const n of [0, 17, 63]) expect((await client.engine.getJob({ id: ids[n] as string }))?.payload).toBe(String(n))
  })

  it('those who come while a statement is under way go together when it returns', async () => {
    const client = await newClient(maker)
    const release = client.faults.hold('insertJobs')
    const first = callers(client, 1)
    await expect.poll(() => sizes(client)).toEqual([1])
    const later = [callers(client, 20)]
    await turn()
    later.push(callers(client, 30))
    await turn()
    expect(sizes(client)).toEqual([1])
    release()
    await Promise.all([first, ...later])
    expect(sizes(client)).toEqual([1, 50])
    expect(await jobsIn(client.engine)).toBe(51)
  })

  it('more than a statement should carry go in several', async () => {
    const client = await newClient(maker)
    const answers = await callers(client, 2500)
    expect(answers.every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(sizes(client)).toEqual([1000, 1000, 500])
    expect(await jobsIn(client.engine)).toBe(2500)
  })

  it('a row that the store refuses fails alone', async () => {
    const client = await newClient(maker)
    const isGuilty = (payload: string) => payload === '13'
    client.faults.failBefore('insertJobs', Number.POSITIVE_INFINITY, refusal, ({ jobs }) => jobs.some(({ payload }) => isGuilty(payload)))
    const answers = await callers(client, 64)
    const failed = answers.flatMap((answer, n) => (answer.status === 'rejected' ? [[n, answer.reason.code]] : []))
    expect(failed).toEqual([[13, 'WS_STORE_FAILED']])
    expect(await jobsIn(client.engine)).toBe(63)
    // Found by halving, not one by one.
    expect(sizes(client).length).toBeLessThanOrEqual(13)
  })

  it('a store that blinks is asked again, and nobody hears of it', async () => {
    const client = await newClient(maker)
    client.faults.failBefore('insertJobs', 3)
    const answers = await callers(client, 8)
    expect(answers).toMatchObject(Array(8).fill({ status: 'fulfilled', value: { status: 'enqueued' } }))
    expect(sizes(client)).toEqual([8, 8, 8, 8])
    expect(await jobsIn(client.engine)).toBe(8)
  })

  it('an answer that was lost is asked for again: each job is there once, and is told as enqueued', async () => {
    const client = await newClient(maker)
    client.faults.failAfter('insertJobs')
    client.faults.failBefore('insertJobs')
    const answers = await callers(client, 8)
    expect(client.faults.pending).toBe(0)
    expect(answers).toMatchObject(Array(8).fill({ status: 'fulfilled', value: { status: 'enqueued' } }))
    expect(await jobsIn(client.engine)).toBe(8)
  })

  it('a duplicate stays a duplicate when the store had only blinked', async () => {
    const client = await newClient(maker)
    const id = newId()
    await client.enqueuer.enqueue(job, 1, { id })
    client.faults.failBefore('insertJobs')
    expect(await client.enqueuer.enqueue(job, 1, { id })).toEqual({ id, status: 'duplicate' })
  })

  it('a store that stays away fails those who wait, once patience has run out, and serves those who come later', async () => {
    const client = await newClient(maker, { patienceMs: 40 })
    client.faults.failBefore('insertJobs', Number.POSITIVE_INFINITY, blink, ({ jobs }) => jobs.some(({ payload }) => payload !== '99'))
    const answers = await callers(client, 5)
    expect(answers).toMatchObject(Array(5).fill({ status: 'rejected', reason: { code: 'WS_STORE_UNREACHABLE', retryable: true } }))
    // Not asked row by row: that would be five times the patience.
    expect(new Set(sizes(client))).toEqual(new Set([5]))
    expect(await client.enqueuer.enqueue(job, 99)).toMatchObject({ status: 'enqueued' })
    expect(await jobsIn(client.engine)).toBe(1)
  })

  it('close waits for what is under way, and then everything is refused', async () => {
    const client = await newClient(maker)
    const release = client.faults.hold('insertJobs')
    const first = callers(client, 3)
    await expect.poll(() => sizes(client)).toEqual([3])
    const gathered = callers(client, 4)
    let closed = false
    await turn()
    const closing = client.enqueuer.close().then(() => {
      closed = true
    })
    expect(await errorOf(client.enqueuer.enqueue(job, 1))).toMatchObject({ code: 'WS_CLOSED' })
    expect(closed).toBe(false)
    release()
    await closing
    expect((await Promise.all([first, gathered])).flat().every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(await jobsIn(client.engine)).toBe(7)
    expect(await errorOf(client.enqueuer.enqueueMany(job, [1]))).toMatchObject({ code: 'WS_CLOSED' })
    expect(await jobsIn(client.engine)).toBe(7)
  })
})
