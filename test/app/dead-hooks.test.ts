/** onDead: the job's own hook and then the app's, once the death is durable; whatever they throw. */
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { type DeadHook, discard, typed } from '#dist/core/index.js'
import { newWorker, TestWorker, until } from '#dist/testing/conformance/index.js'
import { makers, newPlace, openEngine, sharedMakers } from '../support/stores.js'
import { newApp, TestLogger } from '../worker/parts.js'
import { appOf } from './parts.js'

const fail = () => {
  throw new TypeError('boom')
}

describe.each(makers)('$name', (maker) => {
  it('both are called, with the job and why, and see it dead in the store', async () => {
    const told: unknown[] = []
    let look: (id: string) => Promise<unknown> = async () => undefined
    const hook =
      (whose: string): DeadHook =>
      async (job, failure) => {
        told.push([whose, job.name, job.attempt, job.tags, failure.name, failure.message, await look(job.id)])
      }
    const retry = { delays: [0] }
    const job = defineJob({ name: 'bad', input: typed<number>(), retry, onDead: hook('job'), run: fail })
    const { app } = await newApp(maker, [job], { onDead: hook('app') })
    look = async (id) => (await app.jobs.get(id))?.state
    await app.worker().start()
    await app.enqueue(job, 1, { tags: ['t'] })
    await until(() => told.length === 2, 'both were told')
    expect(told).toEqual(['job', 'app'].map((whose) => [whose, 'bad', 2, ['t'], 'TypeError', 'boom', 'dead']))
  })

  it('hooks that throw are noted, keep nobody else from being told, and leave the worker at work', async () => {
    const told: string[] = []
    const bad = defineJob({
      name: 'bad',
      retry: false,
      onDead: () => {
        throw new Error('the hook itself')
      },
      run: fail,
    })
    const good = defineJob({ name: 'good', run: () => 'fine' })
    const onDead: DeadHook = async (job) => {
      told.push(job.name)
      throw new Error('the other hook')
    }
    const { app, log } = await newApp(maker, [bad, good], { onDead })
    await app.worker().start()
    await app.enqueue(bad)
    await until(() => log.codes('hook.failed').length === 2, 'both are noted')
    expect(told).toEqual(['bad'])
    const { id } = await app.enqueue(good)
    expect(await app.jobs.wait(id)).toBe('fine')
    expect(log.codes('job.dead').length).toBe(1)
  })

  it('a discard is a death, and neither a retry nor a cancel is one', async () => {
    const told: string[] = []
    const jobs = [
      defineJob({ name: 'discarded', run: () => discard('no such invoice') }),
      defineJob({ name: 'retried', retry: { delays: ['1h'] }, run: fail }),
      defineJob({ name: 'fine', run: () => 1 }),
    ]
    const { app } = await newApp(maker, jobs, { onDead: (job, failure) => void told.push(`${job.name}: ${failure.message}`) })
    const ids = await Promise.all(jobs.map((job) => app.enqueue(job)))
    const { id: cancelled } = await app.enqueue(jobs[2] as (typeof jobs)[number], undefined, { delay: '1h' })
    await app.jobs.cancel(cancelled)
    await app.worker().start()
    for (const [at, state] of ['dead', 'scheduled', 'succeeded'].entries()) {
      await until(async () => (await app.jobs.get(ids[at]?.id as string))?.state === state, `it is ${state}`)
    }
    await until(() => told.length > 0, 'it was told')
    expect(told).toEqual(['discarded: no such invoice'])
  })

  it('a death whose end could not be written at first is told once', async () => {
    const told: string[] = []
    const job = defineJob({ name: 'bad', retry: false, run: fail })
    const { app, faults } = await newApp(maker, [job], { onDead: ({ id }) => void told.push(id) })
    faults.failAfter('finishThenClaim', 2)
    faults.failAfter('finishIfOwned', 2)
    await app.worker().start()
    const { id } = await app.enqueue(job)
    await until(() => told.length > 0, 'it was told')
    await app.close()
    expect(told).toEqual([id])
  })
})

describe.each(sharedMakers)('$name, shared', (maker) => {
  it('a job that died with its worker is told of by who found it', async () => {
    const place = await newPlace(maker)
    const told: unknown[] = []
    const log = new TestLogger()
    const job = defineJob({
      name: 'k',
      input: typed<number>(),
      retry: false,
      queue: 'q',
      onDead: ({ id, attempt }, { name }) => void told.push([id, attempt, name]),
    })
    const app = appOf({ store: place.engine(), jobs: [job], logger: log, lease: { sweep: 50 } })
    const { id } = await app.enqueue(job, 1, { correlationId: 'order 7' })
    const engine = await openEngine(place)
    const gone = new TestWorker(engine, newWorker({ queues: ['q'] }))
    await engine.registerWorker(gone.info)
    await gone.take({ limit: 1, starting: 1, alone: true })
    await gone.retire()
    await app.start()
    await until(() => told.length === 1, 'it was told')
    expect(told).toEqual([[id, 1, 'WorkerLost']])
    expect(log.codes('job.dead')).toMatchObject([{ fields: { job: id, name: 'k' } }])
  })
})
