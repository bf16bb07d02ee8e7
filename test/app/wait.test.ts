/** app.jobs.wait: the result, or the job's own error; and the other verbs on jobs as a library user calls them. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { cancel, newId, typed } from '#dist/core/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { errorOf, makers } from '../support/stores.js'
import { newApp } from '../worker/parts.js'

const double = defineJob({ name: 'double', input: typed<number>(), run: (n) => ({ twice: 2 * n }) })
const nothing = defineJob({ name: 'nothing', run: () => {} })
const broken = defineJob({
  name: 'broken',
  retry: false,
  run: () => {
    throw Object.assign(new RangeError('out of stock', { cause: new Error('ERP said no') }), { code: 'E_STOCK' })
  },
})
const unwanted = defineJob({ name: 'unwanted', run: () => cancel('not wanted') })
const never = defineJob({ name: 'never', queue: 'nobody', run: () => 1 })
const jobs = [double, nothing, broken, unwanted, never]

/** Dies at once, until it is mended. */
function flakyJob() {
  let fails = true
  const flaky = defineJob({
    name: 'flaky',
    retry: false,
    run: () => {
      if (fails) throw new Error('not yet')
      return 'at last'
    },
  })
  const mend = () => {
    fails = false
  }
  return { flaky, mend }
}

describe.each(makers)('$name', (maker) => {
  async function working() {
    const made = await newApp(maker, jobs)
    await made.app.worker({ queues: ['default'] }).start()
    return made.app
  }

  it('gives the result, whether the job has ended or not', async () => {
    const app = await working()
    const { id } = await app.enqueue(double, 21)
    expect(await app.jobs.wait(id)).toEqual({ twice: 42 })
    expect(await app.jobs.wait(id, { timeout: 1000 })).toEqual({ twice: 42 })
    const { id: quiet } = await app.enqueue(nothing)
    expect(await app.jobs.wait(quiet)).toBeUndefined()
  })

  it('waits as long as it is told, also longer than timers can', async () => {
    const app = await working()
    const { id } = await app.enqueue(double, 21, { delay: 50 })
    expect(await app.jobs.wait(id, { timeout: '30d' })).toEqual({ twice: 42 })
  })

  it('gives it to all who wait', async () => {
    const app = await working()
    const { id } = await app.enqueue(double, 1, { delay: 30 })
    const all = await Promise.all(Array.from({ length: 20 }, () => app.jobs.wait(id)))
    expect(new Set(all.map((one) => JSON.stringify(one)))).toEqual(new Set(['{"twice":2}']))
  })

  it('throws the error of a dead job, as it was thrown', async () => {
    const app = await working()
    const { id } = await app.enqueue(broken)
    const error = await errorOf(app.jobs.wait(id))
    expect(error).toMatchObject({
      code: 'WS_JOB_DEAD',
      message: expect.stringContaining('out of stock'),
      cause: {
        name: 'RangeError',
        message: 'out of stock',
        code: 'E_STOCK',
        stack: expect.stringContaining('wait.test'),
        cause: { message: 'ERP said no' },
      },
    })
    expect((error as Error).cause).toBeInstanceOf(Error)
  })

  it('throws when the job is cancelled, by its handler or from outside', async () => {
    const app = await working()
    const { id } = await app.enqueue(unwanted)
    expect(await errorOf(app.jobs.wait(id))).toMatchObject({ code: 'WS_JOB_CANCELLED', message: expect.stringContaining('not wanted') })
    const { id: waiting } = await app.enqueue(never)
    const end = errorOf(app.jobs.wait(waiting))
    expect(await app.jobs.cancel(waiting, { reason: 'by hand' })).toBe('cancelled')
    expect(await end).toMatchObject({ code: 'WS_JOB_CANCELLED', message: expect.stringContaining('by hand') })
  })

  it('throws when it took too long, and the job goes on', async () => {
    const app = await working()
    const { id } = await app.enqueue(never)
    expect(await errorOf(app.jobs.wait(id, { timeout: 30 }))).toMatchObject({ code: 'WS_TIMEOUT', message: expect.stringContaining(id) })
    expect((await app.jobs.get(id))?.state).toBe('queued')
  })

  it('waits for a job that is not there yet', async () => {
    const app = await working()
    const id = newId()
    const waiting = app.jobs.wait(id)
    await app.enqueue(double, 4, { id })
    expect(await waiting).toEqual({ twice: 8 })
  })

  it('goes on when the store blinks', async () => {
    const { app, faults } = await newApp(maker, jobs)
    faults.failBefore('settledJobs', 3)
    await app.worker({ queues: ['default'] }).start()
    const { id } = await app.enqueue(double, 4)
    expect(await app.jobs.wait(id)).toEqual({ twice: 8 })
  })

  it('throws when the app is closed meanwhile', async () => {
    const app = await working()
    const { id } = await app.enqueue(never)
    const end = errorOf(app.jobs.wait(id))
    await until(async () => (await app.jobs.get(id)) !== null, 'it is there')
    await app.close()
    expect(await end).toMatchObject({ code: 'WS_CLOSED' })
  })

  it('refuses what is no id and no duration', async () => {
    const app = await working()
    for (const id of ['42', '', undefined, null, Object.create(null)])
      expect(await errorOf(app.jobs.wait(id as string))).toMatchObject({ code: 'WS_INVALID_OPTION', field: 'id' })
    expect(await errorOf(app.jobs.wait(newId(), { timeout: 'soon' }))).toMatchObject({ code: 'WS_INVALID_DURATION', field: 'timeout' })
  })

  it('a job that is retried is waited for anew', async () => {
    const { flaky, mend } = flakyJob()
    const { app } = await newApp(maker, [flaky])
    await app.worker().start()
    const { id } = await app.enqueue(flaky)
    expect(await errorOf(app.jobs.wait(id))).toMatchObject({ code: 'WS_JOB_DEAD' })
    mend()
    expect(await app.jobs.retry(id)).toBe('queued')
    expect(await app.jobs.wait(id)).toBe('at last')
    expect(await app.jobs.retry(newId())).toBe('missing')
  })

  it('who begins to wait while the store is being asked is not told what was true before', async () => {
    const { flaky, mend } = flakyJob()
    const { app, faults } = await newApp(maker, [flaky])
    const worker = app.worker()
    await worker.start()
    const { id } = await app.enqueue(flaky)
    await until(async () => (await app.jobs.get(id))?.state === 'dead', 'it is dead')
    await worker.stop()
    const release = faults.hold('settledJobs', 'after')
    const before = errorOf(app.jobs.wait(id))
    await until(() => faults.callsOf('settledJobs').length === 1, 'the store is being asked')
    expect(await app.jobs.retry(id)).toBe('queued')
    const after = app.jobs.wait(id)
    release()
    expect(await before).toMatchObject({ code: 'WS_JOB_DEAD' })
    mend()
    await app.worker().start()
    expect(await after).toBe('at last')
  })
})
