/** A job with one attempt in all runs at most once: the store hears of its start before it happens. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { makers } from '../support/stores.js'
import { newApp, type TestApp } from './parts.js'

describe.each(makers)('$name', (maker) => {
  it('a job with one attempt in all starts once the store knows of it, and not before', async () => {
    const seen: unknown[] = []
    const once = defineJob({
      name: 'once',
      retry: false,
      run: () => void seen.push({ unmet: made.faults.pending, told: made.faults.callsOf('finishIfOwned').map(({ started }) => started) }),
    })
    const made: TestApp = await newApp(maker, [once])
    made.faults.failBefore('finishIfOwned')
    await made.app.worker().start()
    await made.app.jobs.wait((await made.app.enqueue(once)).id)
    expect(seen).toMatchObject([{ unmet: 0, told: [[{ count: 1 }], [{ count: 1 }]] }])
  })
})
