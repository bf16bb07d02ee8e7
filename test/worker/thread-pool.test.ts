/** Handlers in threads: what becomes of threads that die, of those that are kept, and of what they tell. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Worker as Thread } from 'node:worker_threads'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type JobDefinition, newId, WorksongError } from '#dist/core/index.js'
import type { Engine } from '#dist/engine/index.js'
import { Attempt } from '#dist/worker/attempt.js'
import { Recorder } from '#dist/worker/recorder.js'
import { threadArgv } from '#dist/worker/thread-argv.js'
import { ThreadPool } from '#dist/worker/thread-pool.js'
import { sqliteMemory } from '../support/engines.js'
import { errorOf, newEngine } from '../support/stores.js'
import * as jobs from './fixtures/thread-jobs.mjs'
import { claimedJob, newApp, TestHost, TestLogger } from './parts.js'

let engine: Engine
let host: TestHost
let pool: ThreadPool
let threads: Thread[]

beforeEach(async () => {
  engine = await newEngine(sqliteMemory)
  host = new TestHost(engine)
  pool = new ThreadPool()
  threads = []
  const made = (thread: Thread) => void threads.push(thread)
  process.on('worker', made)
  onTestFinished(() => void process.off('worker', made))
  onTestFinished(() => pool.close())
})

const exitOf = (thread: Thread | undefined) => new Promise((resolve) => thread?.once('exit', resolve))

/** An attempt whose handler blocks its thread. */
async function blocked() {
  const log = new TestLogger()
  const recorder = new Recorder(engine, log)
  onTestFinished(() => recorder.close())
  const attempt = new Attempt(claimedJob({ kind: jobs.blocker.name }), jobs.blocker, 'lease', Object.assign(host, { recorder }))
  const ended = errorOf(pool.run(attempt))
  await expect.poll(() => log.codes('job.log').length, { timeout: 10_000 }).toBe(1)
  return { ended }
}

function attemptOf(job: unknown, payload = ''): Attempt {
  const definition = job as JobDefinition
  return new Attempt(claimedJob({ kind: definition.name, payload }), definition, 'lease', host)
}

describe('ThreadPool', () => {
  it('keeps a thread for the next job, and does not give away one that has died meanwhile', async () => {
    expect(await pool.run(attemptOf(jobs.taker))).toEqual({ got: 'nothing' })
    const channel = new BroadcastChannel(newId())
    onTestFinished(() => channel.close())
    expect(await pool.run(attemptOf(jobs.crasher, JSON.stringify({ channel: channel.name })))).toBe('returned')
    expect(threads.length).toBe(1)
    const exit = exitOf(threads[0])
    channel.postMessage('crash')
    await exit
    expect(await pool.run(attemptOf(jobs.taker))).toEqual({ got: 'nothing' })
    expect(threads.length).toBe(2)
  })

  it('fails the attempt whose thread dies under it', async () => {
    const { ended } = await blocked()
    void threads[0]?.terminate()
    expect(await ended).toMatchObject({ code: 'WS_THREAD' })
  })

  it('drops what a handler reports when its lease is lost: nobody else is hurt', async () => {
    const attempt = attemptOf(jobs.reporter)
    const running = pool.run(attempt)
    attempt.abort(new WorksongError('WS_LEASE_LOST', 'lost'))
    expect(await running).toBe('went on')
  })

  it('gives handlers the input that they would get here', async () => {
    expect(await pool.run(attemptOf(jobs.taker, ''))).toEqual({ got: 'nothing' })
    expect(await pool.run(attemptOf(jobs.taker, '{"n":1}'))).toEqual({ got: { n: 1 } })
    expect(await errorOf(pool.run(attemptOf(jobs.taker, '{')))).toMatchObject({ code: 'WS_UNREADABLE' })
  })

  it('takes any fields with a line', async () => {
    const { app } = await newApp(sqliteMemory, [jobs.logger])
    await app.worker().start()
    const { id } = await app.enqueue(jobs.logger)
    await app.jobs.wait(id)
    const [fields, error] = await app.jobs.logs(id)
    const plain = { fn: expect.any(String), waits: {}, n: 1, big: '2', cycle: '[unprintable]', at: '1970-01-01T00:00:00.000Z' }
    expect(fields).toMatchObject({ line: 'fields', fields: plain })
    expect(error?.line).toBe('an error')
  })

  it('does not let a job that has ended speak for the one that has its thread now', async () => {
    const { app } = await newApp(sqliteMemory, [jobs.ghost, jobs.lingerer])
    await app.worker({ concurrency: 1 }).start()
    await app.jobs.wait((await app.enqueue(jobs.ghost)).id)
    const { id } = await app.enqueue(jobs.lingerer)
    await app.jobs.wait(id)
    expect([threads.length, (await app.jobs.logs(id)).map(({ line }) => line)]).toEqual([1, ['mine']])
    expect((await app.jobs.get(id))?.progress).toBeNull()
  })

  it.each(['1m', undefined])('ends one whose job was cancelled, with a timeout of %s', async (timeout) => {
    const { app, log } = await newApp(sqliteMemory, [jobs.blocker])
    await app.worker().start()
    const { id } = await app.enqueue(jobs.blocker, undefined, timeout === undefined ? {} : { timeout })
    await expect.poll(() => log.codes('job.log').length, { timeout: 10_000 }).toBe(1)
    const exit = exitOf(threads[0])
    expect(await app.jobs.cancel(id, { reason: 'enough' })).toBe('requested')
    await exit
    await expect.poll(async () => (await app.jobs.get(id))?.state, { timeout: 10_000 }).toBe('cancelled')
    expect(await app.jobs.get(id)).toMatchObject({ attempts: [{ end: 'cancelled', error: { message: 'enough' } }] })
    expect(log.codes('job.dead')).toEqual([])
  })

  it('leaves to handlers what they send to their parent, and to the next job its thread', async () => {
    expect(await pool.run(attemptOf(jobs.chatty))).toBe('mine')
    expect(await pool.run(attemptOf(jobs.taker))).toEqual({ got: 'nothing' })
    expect(threads.length).toBe(1)
  })

  it.each([
    'hello',
    null,
    { type: 'other' },
    { type: 'progress', body: '{bad' },
    { type: 'progress', done: 'much' },
    { type: 'log', level: 'constructor', message: 'x' },
    { type: 'log', level: 'info', message: { text: 'x' } },
    { type: 'returned', json: '{bad' },
    { type: 'returned', outcome: { kind: 'await' } },
    { type: 'returned', outcome: null },
    { type: 'threw' },
    { type: 'threw', failure: { name: 'E', message: 'm' }, retryAfter: {} },
    { type: 'refused', failure: null },
  ])('fails the attempt whose thread says %j in the name of its runner, and ends the thread', async (message) => {
    const error = await errorOf(pool.run(attemptOf(jobs.impostor, JSON.stringify(message))))
    expect(error).toMatchObject({ code: 'WS_THREAD' })
    await exitOf(threads[0])
    expect(await pool.run(attemptOf(jobs.taker))).toEqual({ got: 'nothing' })
  })

  it('brings outcomes over whole, and refuses those that it does not know', async () => {
    const { app } = await newApp(sqliteMemory, [jobs.foreign, jobs.discarder])
    await app.worker().start()
    const ended = async (job: JobDefinition) => {
      const { id } = await app.enqueue(job)
      await errorOf(app.jobs.wait(id))
      return (await app.jobs.get(id))?.errors[0]
    }
    expect(await ended(jobs.foreign)).toMatchObject({ code: 'WS_UNKNOWN_OUTCOME' })
    expect(await ended(jobs.discarder)).toMatchObject({ name: 'RangeError', message: 'no such account', stack: expect.any(String) })
  })

  it('lets threads end in good order when it is closed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'worksong-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'said')
    await pool.run(attemptOf(jobs.goodbye, JSON.stringify({ file })))
    await pool.close()
    expect(readFileSync(file, 'utf8')).toBe('goodbye\n')
  })

  it('kills one that does not end when it is asked to', async () => {
    const { ended } = await blocked()
    await pool.close()
    expect(await ended).toMatchObject({ code: 'WS_THREAD' })
  })

  it('starts threads with the loaders of the process', async () => {
    const script = `
      const { Worksong } = await import('worksong')
      const { preloaded } = await import(${JSON.stringify(new URL('fixtures/thread-jobs.mjs', import.meta.url).href)})
      const app = new Worksong({ store: 'sqlite::memory:', jobs: [preloaded], logger: false })
      await app.worker().start()
      console.log(await app.jobs.wait((await app.enqueue(preloaded)).id))
      await app.close()`
    const preload = '--import=data:text/javascript,globalThis.preloaded="preloaded"'
    const options = [preload, '--expose-gc', '--input-type=module', '--eval', script]
    const { stdout } = await promisify(execFile)(process.execPath, options.toSpliced(1, 1))
    expect(stdout).toBe('preloaded\n')
    // --expose-gc is for whole processes only, so nothing can be handed on beside --input-type, and the job runs all the same.
    expect((await promisify(execFile)(process.execPath, options)).stdout).toBe('nothing\n')
  })
})

describe('threadArgv', () => {
  it.each<[string[], string[] | undefined]>([
    [[], undefined],
    [['--import', 'tsx', '--max-old-space-size=99'], undefined],
    [
      ['--import', 'tsx', '--input-type=module', '-e', 'code'],
      ['--import', 'tsx'],
    ],
    [
      ['--input-type', 'module', '--eval=code', '-r', 'x'],
      ['-r', 'x'],
    ],
    [['-p', '1', '--check', '-c', '--print=2'], []],
    [['--inspect', '--inspect-brk=0', '--inspect-port', '9', '--inspect-publish-uid=http', '--conditions=x'], ['--conditions=x']],
  ])('of %j are %j', (argv, wanted) => {
    expect(threadArgv(argv)).toEqual(wanted)
  })
})
