/** In which order many jobs start: exactly as enqueued with one slot, and never far ahead of their turn with many. */
import { describe, expect, it } from 'vitest'
import { defineJob, typed } from 'worksong'
import { until } from '#dist/testing/conformance/index.js'
import { makers } from '../support/stores.js'
import { newApp } from './parts.js'

const MANY = 20_000

describe.each(makers)('$name', (maker) => {
  async function started() {
    const order: number[] = []
    const job = defineJob({ name: 'count', input: typed<number>(), run: (n) => void order.push(n) })
    return { order, job, ...(await newApp(maker, [job])) }
  }

  it('one slot runs twenty thousand jobs in the order of their enqueueing', async () => {
    const { app, job, order } = await started()
    // One call after another: within one, chunks may be under way side by side.
    for (let at = 0; at < MANY; at += 1000)
      await app.enqueueMany(
        job,
        Array.from({ length: 1000 }, (_, n) => at + n),
      )
    await app.worker({ concurrency: 1 }).start()
    await until(() => order.length === MANY, 'all have run')
    expect(order.filter((n, at) => n !== at)).toEqual([])
  })

  it('no job of low priority starts while thousands of high priority wait', async () => {
    const { app, job, order } = await started()
    await app.enqueueMany(job, Array(MANY / 2).fill(0), { priority: 'low' })
    await app.enqueueMany(job, Array(MANY / 2).fill(1), { priority: 'high' })
    await app.worker({ concurrency: 20 }).start()
    await until(() => order.length === MANY, 'all have run')
    // Two claims of up to a thousand and a slice may be under way at once, and the later one be answered first.
    expect(order.indexOf(0)).toBeGreaterThan(MANY / 2 - 2500)
  })
})
