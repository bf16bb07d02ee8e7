/** The options of an app and of a worker: what is wrong is refused at construction, by name. */
import { describe, expect, it } from 'vitest'
import { Worksong, type WorksongOptions } from '#dist/app/index.js'
import { defineJob } from '#dist/client/index.js'
import { postgres } from '#dist/engines/postgres/index.js'
import { thrownBy } from '../support/stores.js'
import { appOf } from './parts.js'

const job = defineJob({ name: 'a' })
const store = 'sqlite::memory:'

describe('an app', () => {
  it.each<[string, unknown, string, string]>([
    ['no options', undefined, 'WS_INVALID_OPTION', 'Worksong options'],
    ['no store', {}, 'WS_INVALID_OPTION', 'store'],
    ['an unknown store', { store: 'mysql://root@db/x' }, 'WS_INVALID_OPTION', 'store'],
    ['a store that is only a scheme', { store: 'sqlite:' }, 'WS_INVALID_OPTION', 'store'],
    ['a store that is no engine', { store: { url: 'postgres://x' } }, 'WS_INVALID_OPTION', 'store'],
    ['an unknown option', { store, job: [] }, 'WS_INVALID_OPTION', 'job'],
    ['jobs that are no list', { store, jobs: { job } }, 'WS_INVALID_OPTION', 'jobs'],
    ['jobs that are no definitions', { store, jobs: [{ name: 'a', run: () => {} }] }, 'WS_INVALID_OPTION', 'jobs'],
    ['jobs that never saw defineJob', { store, jobs: [job, { name: 'b', retry: { attempts: 3 } }] }, 'WS_INVALID_OPTION', 'jobs'],
    ['jobs that are null', { store, jobs: null }, 'WS_INVALID_OPTION', 'jobs'],
    ['queues that are a Map', { store, queues: new Map([['a', { concurrency: 1 }]]) }, 'WS_INVALID_OPTION', 'queues'],
    ['queues that are a list', { store, queues: ['a'] }, 'WS_INVALID_OPTION', 'queues'],
    ['queues that are a number', { store, queues: 5 }, 'WS_INVALID_OPTION', 'queues'],
    ['queues that are null', { store, queues: null }, 'WS_INVALID_OPTION', 'queues'],
    ['a concurrency that is null', { store, queues: { a: { concurrency: null } } }, 'WS_INVALID_OPTION', 'queues.a.concurrency'],
    ['a retention as text', { store, retention: 'forever' }, 'WS_INVALID_OPTION', 'retention'],
    ['a retention of null', { store, retention: { succeeded: null } }, 'WS_INVALID_DURATION', 'retention.succeeded'],
    ['a lease as text', { store, lease: '15s' }, 'WS_INVALID_OPTION', 'lease'],
    ['a lease of null', { store, lease: { duration: null } }, 'WS_INVALID_DURATION', 'lease.duration'],
    ['a handler that may block for no time', { store, lease: { maxBlocked: 0 } }, 'WS_INVALID_OPTION', 'lease.maxBlocked'],
    ['a patience of null', { store, patience: null }, 'WS_INVALID_DURATION', 'patience'],
    ['migrate of null', { store, migrate: null }, 'WS_INVALID_OPTION', 'migrate'],
    ['a logger that is null', { store, logger: null }, 'WS_INVALID_OPTION', 'logger'],
    ['two jobs of one name', { store, jobs: [job, defineJob({ name: 'a' })] }, 'WS_DUPLICATE_JOB', 'jobs'],
    ['a queue with a wrong name', { store, queues: { 'a b': {} } }, 'WS_INVALID_NAME', 'queue'],
    ['a queue with an unknown option', { store, queues: { a: { limit: 1 } } }, 'WS_INVALID_OPTION', 'limit'],
    ['a queue that is a number', { store, queues: { a: 5 } }, 'WS_INVALID_OPTION', 'queues.a'],
    ['a queue without any room', { store, queues: { a: { concurrency: 0 } } }, 'WS_INVALID_OPTION', 'queues.a.concurrency'],
    ['an unknown retention', { store, retention: { failed: '1d' } }, 'WS_INVALID_OPTION', 'failed'],
    ['a wrong retention', { store, retention: { dead: 'never' } }, 'WS_INVALID_DURATION', 'retention.dead'],
    ['an unknown part of lease', { store, lease: { length: '1s' } }, 'WS_INVALID_OPTION', 'length'],
    ['a lease that is too short', { store, lease: { duration: '200ms' } }, 'WS_INVALID_OPTION', 'lease.duration'],
    ['a sweep that is too often', { store, lease: { sweep: 1 } }, 'WS_INVALID_OPTION', 'lease.sweep'],
    ['a wrong maxBlocked', { store, lease: { maxBlocked: 'long' } }, 'WS_INVALID_DURATION', 'lease.maxBlocked'],
    ['no crash at all', { store, maxCrashes: 0 }, 'WS_INVALID_OPTION', 'maxCrashes'],
    ['a payload of nothing', { store, maxPayload: 1 }, 'WS_INVALID_OPTION', 'maxPayload'],
    ['a payload as text', { store, maxPayload: '1MB' }, 'WS_INVALID_OPTION', 'maxPayload'],
    ['a wrong patience', { store, patience: -1 }, 'WS_INVALID_DURATION', 'patience'],
    ['migrate as text', { store, migrate: 'no' }, 'WS_INVALID_OPTION', 'migrate'],
    ['a logger that is true', { store, logger: true }, 'WS_INVALID_OPTION', 'logger'],
    ['a logger without warn', { store, logger: { info() {}, error() {}, debug() {} } }, 'WS_INVALID_OPTION', 'logger'],
    ['an onDead that is no function', { store, onDead: 'mail' }, 'WS_INVALID_OPTION', 'onDead'],
  ])('is refused by name: %s', (_what, options, code, field) => {
    expect(thrownBy(() => new Worksong(options as WorksongOptions))).toMatchObject({ name: 'WorksongError', code, field })
  })

  it('takes undefined for what is absent, and its defaults for that', () => {
    const absent = { jobs: undefined, queues: undefined, retention: undefined, logger: undefined, migrate: undefined, onDead: undefined }
    expect(new Worksong({ store, ...absent }).definitions.size).toBe(0)
  })

  it('shows no password of a store that it does not know', () => {
    for (const url of ['mysql://root:s3cr3t@db/x', 'postgress://u:s3cr3t@h/db?password=s3cr3t', 'redis://:p@s3cr3t@h']) {
      const error = thrownBy(() => new Worksong({ store: url })) as Error
      expect(error.message).not.toContain('s3cr3t')
    }
  })

  it('knows its jobs by name', () => {
    const app = appOf({ store, jobs: [job] })
    expect([...app.definitions]).toEqual([['a', job]])
  })

  it('connects to nothing before it is asked to', () => {
    expect(appOf({ store: 'postgres://nobody@127.0.0.1:1/nowhere' }).place).toBeUndefined()
    expect(appOf({ store: postgres({ url: 'postgres://nobody@127.0.0.1:1/nowhere' }) }).place).toBeUndefined()
  })
})

describe('a worker', () => {
  it.each<[string, unknown, string, string]>([
    ['an unknown option', { queue: 'a' }, 'WS_INVALID_OPTION', 'queue'],
    ['no queue', { queues: [] }, 'WS_INVALID_OPTION', 'queues'],
    ['a queue with a wrong name', { queues: ['a/b'] }, 'WS_INVALID_NAME', 'queue'],
    ['queues as text', { queues: 'billing' }, 'WS_INVALID_OPTION', 'queues'],
    ['a weight of nothing', { queues: { a: 0 } }, 'WS_INVALID_OPTION', 'queues.a'],
    ['no concurrency', { concurrency: 0 }, 'WS_INVALID_OPTION', 'concurrency'],
    ['half a concurrency', { concurrency: 1.5 }, 'WS_INVALID_OPTION', 'concurrency'],
    ['a wrong name', { name: 'a b' }, 'WS_INVALID_NAME', 'worker name'],
    ['a wrong label', { labels: ['gpu', 'a b'] }, 'WS_INVALID_NAME', 'label'],
    ['queues of null', { queues: null }, 'WS_INVALID_OPTION', 'queues'],
    ['a name of null', { name: null }, 'WS_INVALID_NAME', 'worker name'],
    ['labels with a hole', { labels: Array(1) }, 'WS_INVALID_NAME', 'label'],
    ['labels of null', { labels: null }, 'WS_INVALID_OPTION', 'labels'],
    ['labels as text', { labels: 'gpu' }, 'WS_INVALID_OPTION', 'labels'],
  ])('is refused by name: %s', (_what, options, code, field) => {
    const app = appOf({ store })
    expect(thrownBy(() => app.worker(options as object))).toMatchObject({ name: 'WorksongError', code, field })
  })

  it.each<[string, unknown, string, string]>([
    ['an unknown option', { garce: '1s' }, 'WS_INVALID_OPTION', 'garce'],
    ['a number', 5000, 'WS_INVALID_OPTION', 'stop options'],
    ['a wrong grace', { grace: 'long' }, 'WS_INVALID_DURATION', 'grace'],
  ])('is not stopped with %s', async (_what, options, code, field) => {
    const worker = appOf({ store }).worker()
    await worker.start()
    expect(thrownBy(() => worker.stop(options as object))).toMatchObject({ name: 'WorksongError', code, field })
    expect(worker.state).toBe('running')
  })

  it('serves the default queue and those that the jobs of its app name', async () => {
    const app = appOf({ store, jobs: [job, defineJob({ name: 'b', queue: 'billing' }), defineJob({ name: 'c', queue: 'billing' })] })
    await app.worker().start()
    expect((await app.workers.list())[0]?.queues).toEqual(['default', 'billing'])
  })
})
