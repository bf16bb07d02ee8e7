/** What the tests of the worker room share: jobs claimed from a real store, and apps whose store can be made to fail. */
import { onTestFinished } from 'vitest'
import { Worksong, type WorksongOptions } from '#dist/app/index.js'
import { defineJob } from '#dist/client/index.js'
import { type Failure, type JobDefinition, type Logger, newId } from '#dist/core/index.js'
import type { ClaimedJob, Engine } from '#dist/engine/index.js'
import type { StoreMaker } from '#dist/testing/conformance/index.js'
import { Attempt, type AttemptHost } from '#dist/worker/attempt.js'
import type { Decision } from '#dist/worker/outcomes.js'
import { Recorder } from '#dist/worker/recorder.js'
import { FaultyEngine } from '../support/faulty-engine.js'
import { newPlace } from '../support/stores.js'

export function claimedJob(more: Partial<ClaimedJob> = {}): ClaimedJob {
  const job = { queue: 'q', kind: 'k', priority: 0, maxAttempts: 5, payload: '', extras: undefined }
  return { id: newId(), claim: 1, used: 0, entry: 1, ...job, ...more }
}

/** Notes what attempts settle with. */
export class TestHost implements AttemptHost {
  readonly recorder: Recorder
  readonly maxResultBytes = 10_000
  readonly settled: Decision[] = []
  late = 0
  entered = 0

  constructor(engine: Engine) {
    this.recorder = new Recorder(engine, undefined)
    onTestFinished(() => this.recorder.close())
  }

  runInThread(attempt: Attempt): Promise<unknown> {
    return Promise.resolve(`thread of ${attempt.job.kind}`)
  }

  onSettled(_attempt: Attempt, decision: Decision): void {
    this.settled.push(decision)
  }

  onLate(): void {
    this.late++
  }

  within<T>(attempt: Attempt, run: (attempt: Attempt) => T): T {
    this.entered++
    return run(attempt)
  }

  /** Run one attempt of a definition to its end. */
  async run(definition: JobDefinition, job: Partial<ClaimedJob> = {}): Promise<Decision & { failure: Failure | undefined }> {
    await new Attempt(claimedJob(job), definition, 'lease', this).run()
    const decision = this.settled.at(-1) as Decision
    const failed = decision.end !== 'succeeded' && decision.body !== null
    return { ...decision, failure: failed ? (JSON.parse(decision.body as string) as Failure) : undefined }
  }
}

/** Lines that a logger was given. */
export class TestLogger implements Logger {
  readonly lines: { level: string; code: string | undefined; message: string; fields: Record<string, unknown> }[] = []
  readonly debug = this.#line('debug')
  readonly info = this.#line('info')
  readonly warn = this.#line('warn')
  readonly error = this.#line('error')

  codes(code: string) {
    return this.lines.filter((line) => line.code === code)
  }

  #line(level: string) {
    return (fields: object, message = '') => {
      const { code } = fields as { code?: string }
      this.lines.push({ level, code, message, fields: fields as Record<string, unknown> })
    }
  }
}

export interface TestApp {
  readonly app: Worksong
  readonly faults: FaultyEngine
  readonly engine: Engine
  readonly log: TestLogger
}

/** An app on a new store, closed when the test ends. */
export async function newApp(maker: StoreMaker, jobs: readonly JobDefinition[], options: Partial<WorksongOptions> = {}): Promise<TestApp> {
  const place = await newPlace(maker)
  const engine = place.engine()
  const faults = new FaultyEngine(engine)
  const log = new TestLogger()
  const app = new Worksong({ store: faults.engine, jobs, logger: log, ...options })
  onTestFinished(() => app.close())
  await app.start()
  return { app, faults, engine, log }
}

/** A job whose handlers wait until they are let go, and tell when they start. */
export class Gate {
  readonly started: unknown[] = []
  running = 0
  most = 0
  readonly #waiting: (() => void)[] = []

  readonly run = async (input: unknown): Promise<void> => {
    this.started.push(input)
    this.running++
    this.most = Math.max(this.most, this.running)
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.running--
  }

  job(name: string, more: Partial<Parameters<typeof defineJob>[0]> = {}): JobDefinition {
    return defineJob({ ...more, name, run: (input: unknown) => this.run(input) } as never)
  }

  /** Let the longest waiting go on. */
  next(): void {
    this.#waiting.shift()?.()
  }

  all(): void {
    for (const go of this.#waiting.splice(0)) go()
  }
}
