/** From new to closed: what may be done when, and what doing it twice means. */
import { describe, expect, it } from 'vitest'
import { Worksong } from '#dist/app/index.js'
import { defineJob } from '#dist/client/index.js'
import { typed } from '#dist/core/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { FaultyEngine } from '../support/faulty-engine.js'
import { errorOf, makers, newPlace, openEngine, sharedMakers } from '../support/stores.js'
import { TestLogger } from '../worker/parts.js'
import { appOf } from './parts.js'

const job = defineJob({ name: 'n', input: typed<number>(), run: (n) => n + 1 })

describe.each(makers)('$name', (maker) => {
  it('enqueue before start opens the store, and what it stored is run later', async () => {
    const app = appOf({ store: (await newPlace(maker)).engine(), jobs: [job] })
    const { id } = await app.enqueue(job, 1)
    expect((await app.jobs.get(id))?.state).toBe('queued')
    await app.worker().start()
    expect(await app.jobs.wait(id)).toBe(2)
  })

  it('many calls at once open the store once', async () => {
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    const app = appOf({ store: faults.engine, jobs: [job] })
    await Promise.all([app.enqueue(job, 1), app.start(), app.queues.list(), app.enqueue(job, 2), app.start(), app.worker().start()])
    expect(faults.calls.filter(({ method }) => method === 'open').length).toBe(1)
    expect(faults.calls.filter(({ method }) => method === 'migrate').length).toBe(1)
  })

  it('starting twice is starting once', async () => {
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    const app = appOf({ store: faults.engine })
    await Promise.all([app.start(), app.start()])
    await app.start()
    await until(() => faults.callsOf('promoteDue').length > 0, 'maintenance runs')
    expect(faults.calls.filter(({ method }) => method === 'listen').length).toBe(1)
  })

  it('a start that failed can be tried again', async () => {
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    faults.failBefore('schemaStatus')
    const app = appOf({ store: faults.engine, jobs: [job], patience: 0 })
    expect(await errorOf(app.start())).toMatchObject({ code: 'WS_STORE_UNREACHABLE' })
    await app.start()
  })

  it('closing twice is closing once, and closing what was never opened is easy', async () => {
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    const app = appOf({ store: faults.engine })
    await app.start()
    await Promise.all([app.close(), app.close()])
    await app.close()
    expect(faults.calls.filter(({ method }) => method === 'close').length).toBe(1)
    await appOf({ store: (await newPlace(maker)).engine() }).close()
  })

  it('after close everything is refused', async () => {
    const app = appOf({ store: (await newPlace(maker)).engine(), jobs: [job] })
    await app.start()
    const worker = app.worker()
    await app.close()
    const refused = [app.enqueue(job, 1), app.enqueueMany(job, [1]), app.jobs.list(), app.queues.list(), app.workers.list(), worker.start()]
    for (const call of refused) expect(await errorOf(call)).toMatchObject({ code: 'WS_CLOSED' })
  })

  it('close stops the workers, lets their jobs finish, and waits for enqueues under way', async () => {
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    let go: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    let finished = 0
    const slow = defineJob({
      name: 'slow',
      run: async () => {
        await held
        finished++
      },
    })
    const app = appOf({ store: faults.engine, jobs: [slow] })
    const worker = app.worker()
    await worker.start()
    await app.enqueue(slow)
    await until(() => worker.load.running === 1, 'it runs')
    const release = faults.hold('insertJobs')
    const enqueued = app.enqueue(slow)
    await until(() => faults.callsOf('insertJobs').length === 2, 'an enqueue is under way')
    const closing = app.close()
    go()
    release()
    await closing
    expect([finished, worker.state, (await enqueued).status]).toEqual([1, 'stopped', 'enqueued'])
  })

  it('closing while it starts leaves nothing running', async () => {
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    const app = appOf({ store: faults.engine, jobs: [job] })
    const release = faults.hold('schemaStatus')
    const starting = errorOf(app.worker().start())
    await until(() => faults.callsOf('schemaStatus').length === 1, 'it opens')
    const closing = app.close()
    release()
    await Promise.all([starting, closing])
    const calls = faults.calls.length
    await new Promise((resolve) => setImmediate(resolve))
    expect(faults.calls.length).toBe(calls)
  })

  it('a slow store is said to be slow', async () => {
    const log = new TestLogger()
    const faults = new FaultyEngine((await newPlace(maker)).engine())
    const app = appOf({ store: faults.engine, logger: log })
    await app.start()
    expect(log.codes('store.slow')).toEqual([])
    expect(log.codes('store.migrated')).toMatchObject([{ fields: { applied: ['the life of a job'] } }])
  })
})

describe.each(sharedMakers)('$name, shared', (maker) => {
  it('what one app enqueues another runs', async () => {
    const place = await newPlace(maker)
    const producer = appOf({ store: place.engine() })
    const consumer = appOf({ store: place.engine(), jobs: [job] })
    await consumer.worker().start()
    const { id } = await producer.enqueue(job, 4)
    expect(await producer.jobs.wait(id)).toBe(5)
    const { id: later } = await producer.enqueue(job, 6, { delay: 50 })
    expect(await producer.jobs.wait(later)).toBe(7)
  })

  it('two apps that start on an empty store at once both get there', async () => {
    const place = await newPlace(maker)
    const apps = [0, 1, 2].map(() => appOf({ store: place.engine() }))
    await Promise.all(apps.map((app) => app.start()))
    expect((await apps[0]?.queues.list())?.length).toBe(0)
  })
})

describe('logger', () => {
  it('false is silence', async () => {
    const app = new Worksong({ store: 'sqlite::memory:', logger: false })
    expect(app.logger).toBeUndefined()
    await app.start()
    await app.close()
  })

  it('pino-shaped gets fields and then words, called as a method of its own', async () => {
    const lines: unknown[][] = []
    class PinoShaped {
      readonly kept = lines
      debug(...line: unknown[]) {
        this.kept.push(line)
      }
      info(...line: unknown[]) {
        this.kept.push(line)
      }
      warn(...line: unknown[]) {
        this.kept.push(line)
      }
      error(...line: unknown[]) {
        this.kept.push(line)
      }
    }
    const app = appOf({ store: 'sqlite::memory:', logger: new PinoShaped() })
    await app.worker().start()
    await app.close()
    const words = lines.map(([fields, message]) => [(fields as { code: string }).code, typeof message])
    expect(words).toEqual(
      expect.arrayContaining([
        ['worker.started', 'string'],
        ['worker.stopped', 'string'],
      ]),
    )
  })

  it('of its own when none is given, for whom the start can be seen', () => {
    expect(new Worksong({ store: 'sqlite::memory:' }).logger).toMatchObject({ info: expect.any(Function), error: expect.any(Function) })
  })
})

describe('mend', () => {
  it('runs a verb on a store whose schema is missing, and lets go of it', async () => {
    const { migrate } = await import('#dist/operations/index.js')
    const place = await newPlace(sharedMakers[0] as (typeof makers)[number])
    const app = appOf({ store: place.engine(), migrate: false })
    expect(await app.mend(migrate, {})).toMatchObject({ applied: ['the life of a job'], before: { current: 0 } })
    const engine = await openEngine(place)
    expect((await engine.schemaStatus()).pending).toEqual([])
  })
})
