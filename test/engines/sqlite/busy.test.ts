/** Another process holds the write lock. */
import { expect, it } from 'vitest'
import { errorOf, newFile, newJob, Other, openEngine } from './files.js'

it('waits without blocking the event loop, and goes on when the lock is free', async () => {
  const path = newFile()
  const engine = await openEngine({ path })
  const holder = new Other('hold-lock.mjs', path)
  expect(await holder.line()).toBe('locked')
  const job = newJob()
  const writes = [
    engine.insertJobs({ jobs: [job] }),
    engine.registerWorker(worker),
    engine.pauseQueue({ queue: 'q', by: null, reason: null }),
  ]
  let settled = 0
  for (const write of writes) void write.then(() => settled++)
  // Reads go on meanwhile, and timers run between the tries.
  expect((await engine.pulse({ worker: 'w', queues: ['q'] })).lanes).toEqual([])
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(settled).toBe(0)
  holder.say('let go')
  await Promise.all(writes)
  expect((await engine.getJob({ id: job.id }))?.state).toBe('queued')
})

it('gives up after busyTimeout with an error that may be retried', async () => {
  const path = newFile()
  const engine = await openEngine({ path, busyTimeout: 60 })
  const holder = new Other('hold-lock.mjs', path)
  expect(await holder.line()).toBe('locked')
  const writes = Array.from({ length: 20 }, () => errorOf(engine.insertJobs({ jobs: [newJob()] })))
  for (const error of await Promise.all(writes))
    expect(error).toMatchObject({ code: 'WS_STORE_BUSY', retryable: true, unknownOutcome: false })
  holder.say('let go')
  expect(await holder.line()).toBe('free')
  expect(await engine.insertJobs({ jobs: [newJob()] })).toEqual(['inserted'])
})

it('ends those who wait when it is closed', async () => {
  const path = newFile()
  const engine = await openEngine({ path })
  const holder = new Other('hold-lock.mjs', path)
  expect(await holder.line()).toBe('locked')
  const write = errorOf(engine.insertJobs({ jobs: [newJob()] }))
  await engine.close()
  expect(await write).toMatchObject({ code: 'WS_CLOSED' })
})

const worker = {
  ...{ id: 'w', name: 'w', host: 'h', pid: 1, version: '0', queues: ['q'], kinds: ['k'], labels: [] },
  ...{ concurrency: 1, leaseMs: 15_000 },
}
