/** For the fault tests: a store of one's own, processes on it, the evidence that they leave, and waiting for conditions. */
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { defineJob, type Engine, newId, typed, Worksong, type WorksongOptions } from 'worksong'
import { postgres } from 'worksong/postgres'
import { sqlite } from 'worksong/sqlite'
import { testPostgres } from '../support/postgres.js'

export const engines = ['sqlite', 'postgres'] as const
export type EngineName = (typeof engines)[number]

/** What is passed to other processes to say which store. */
export type Place =
  | { readonly kind: 'sqlite'; readonly path: string }
  | {
      readonly kind: 'postgres'
      readonly url: string
      readonly schema: string
      readonly listen?: string | false
      readonly maxConnections?: number
      readonly statementTimeout?: string
    }

/** Long, so that a busy machine loses no worker that should live; the lost of others are looked for often. */
const LEASE = { duration: 10_000, sweep: 200 }
/** For workers that are to be lost: nobody waits long for them. */
export const SHORT = { duration: 1200, sweep: 200 }

export interface WorkerConfig {
  readonly concurrency?: number
  readonly queues?: readonly string[] | Record<string, number>
  /** Jobs that this worker does not know. */
  readonly unknown?: readonly string[]
  readonly grace?: string
  /** Exit when stopped, whatever a handler still holds. */
  readonly exit?: boolean
  readonly lease?: { duration?: number; sweep?: number; maxBlocked?: number }
  readonly place?: Place
}

/** A line of evidence. */
export interface Line {
  readonly ev: string
  readonly pid: number
  readonly job?: string
  readonly attempt?: number
  /** One run of a handler. */
  readonly run?: string
  readonly reason?: string
  readonly said?: string
  readonly code?: string
  readonly message?: string
  readonly failure?: string
  readonly n?: number
  readonly status?: string
  /** When, in ms, by `monotonic()`. */
  readonly mono: number
}

/** The clock of the evidence: shared by all processes of the machine. */
export const monotonic = (): number => Number(process.hrtime.bigint() / 1000n) / 1000

export interface LogLine {
  readonly level: string
  readonly code?: string
  readonly message: string
  readonly error?: string
  readonly errorCode?: string
  readonly pid: number
}

/** The contract of a job of fixtures/jobs.mjs, with its handler or without. */
export const contract = (name: string) => defineJob({ name, input: typed<Record<string, unknown>>() })

export interface StageOptions {
  readonly url?: string
  readonly listen?: string | false
  readonly statementTimeout?: string
  /** Of the test's context, for tests that run beside others. */
  readonly onTestFinished?: (end: () => Promise<void>) => void
}

export async function stage(engine: EngineName, options: StageOptions = {}): Promise<Stage> {
  const { url, onTestFinished: whenFinished = onTestFinished, ...more } = options
  const folder = mkdtempSync(join(tmpdir(), 'worksong-faults-'))
  const schema = `f_${randomBytes(6).toString('hex')}`
  const place: Place =
    engine === 'sqlite'
      ? { kind: 'sqlite', path: join(folder, 'jobs.db') }
      : { kind: 'postgres', url: url ?? testPostgres(), schema, ...more }
  const made = new Stage(folder, place)
  whenFinished(() => made.close())
  await made.app.jobs.list({ limit: 1 })
  return made
}

export class Stage {
  readonly place: Place
  /** An app for enqueueing and looking: it runs nothing and keeps nothing in order. */
  readonly app: Worksong
  /** Ids that an enqueue in this process has answered for. */
  readonly acked = new Set<string>()
  readonly #folder: string
  readonly #processes: Proc[] = []
  readonly #apps: Worksong[] = []

  constructor(folder: string, place: Place) {
    this.#folder = folder
    this.place = place
    this.app = this.newApp()
  }

  newApp(options: Partial<WorksongOptions> = {}): Worksong {
    const app = new Worksong({ store: openEngine(this.place), logger: false, ...options })
    this.#apps.push(app)
    return app
  }

  /** Enqueue many jobs of one kind; their ids in order. */
  async enqueue(name: string, inputs: readonly Record<string, unknown>[], options: Record<string, unknown> = {}): Promise<string[]> {
    const ids = inputs.map(() => newId())
    const { enqueued } = await this.app.enqueueMany(contract(name), inputs, { ...options, id: (_input, index) => ids[index] as string })
    if (enqueued !== inputs.length) throw new Error(`${enqueued} of ${inputs.length} were enqueued`)
    for (const id of ids) this.acked.add(id)
    return ids
  }

  async enqueueOne(name: string, input: Record<string, unknown> = {}, options: Record<string, unknown> = {}): Promise<string> {
    return (await this.enqueue(name, [input], options))[0] as string
  }

  /** A worker process, running. */
  async worker(config: WorkerConfig = {}): Promise<Proc> {
    const { place = this.place, ...more } = config
    const worker = this.spawn('worker.mjs', { store: place, concurrency: 10, lease: LEASE, ...more })
    await worker.message()
    return worker
  }

  /** A process that enqueues `count` jobs 'work'. */
  async producer(config: Record<string, unknown>): Promise<Proc> {
    const producer = this.spawn('producer.mjs', { store: this.place, ...config })
    await producer.message()
    return producer
  }

  spawn(fixture: string, config: Record<string, unknown>): Proc {
    const proc = new Proc(fixture, { ...config, evidence: this.#file('evidence'), log: this.#file('log') }, this.#file('stderr'))
    this.#processes.push(proc)
    return proc
  }

  evidence(ev?: string, job?: string): Line[] {
    return readLines<Line>(this.#file('evidence')).filter((line) => (ev ? line.ev === ev : true) && (job ? line.job === job : true))
  }

  logs(code?: string): LogLine[] {
    return readLines<LogLine>(this.#file('log')).filter((line) => (code ? line.code === code : true))
  }

  /** What the processes wrote to standard error: nothing, if all is well. */
  stderr(): string {
    return existsSync(this.#file('stderr')) ? readFileSync(this.#file('stderr'), 'utf8') : ''
  }

  /** Wait until every job of the store has ended. */
  async drained(timeoutMs = 15_000): Promise<void> {
    await this.until('every job has ended', async () => (await this.counts()).live === 0, timeoutMs)
  }

  /** Wait for a condition, looking often; when it does not come, says what was waited for and how things stand. */
  async until(what: string, condition: () => unknown | Promise<unknown>, timeoutMs = 10_000): Promise<void> {
    const end = performance.now() + timeoutMs
    while (!(await condition())) {
      if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain until ${what}\n${await this.#story()}`)
      await pause(15)
    }
  }

  async #story(): Promise<string> {
    const counts = await this.counts().catch(String)
    const logs = this.logs().slice(-15)
    const processes = this.#processes.map((proc) => `${proc.pid} ${proc.running ? 'runs' : 'is gone'}`)
    return [JSON.stringify(counts), ...processes, ...logs.map((line) => JSON.stringify(line)), this.stderr().slice(-2000)].join('\n')
  }

  async counts(): Promise<Record<string, number> & { live: number }> {
    const total: Record<string, number> & { live: number } = { live: 0 }
    for (const { name: _name, paused: _paused, oldestAt: _oldest, ...counts } of await this.app.queues.list()) {
      for (const [state, n] of Object.entries(counts)) total[state] = (total[state] ?? 0) + (n as number)
    }
    for (const state of ['scheduled', 'blocked', 'queued', 'running']) total.live += total[state] ?? 0
    return total
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((proc) => proc.end()))
    await Promise.all(this.#apps.map((app) => app.close()))
    if (this.place.kind === 'postgres') await dropSchema(this.place)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #file(name: string): string {
    return join(this.#folder, name)
  }
}

/** Another process: forked, spoken to over IPC, signalled, and ended with the test. */
export class Proc {
  readonly #child: ChildProcess
  readonly #exited: Promise<{ code: number | null; signal: string | null }>
  readonly #stderr: string

  constructor(fixture: string, config: object, stderr: string) {
    this.#stderr = stderr
    const path = fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url))
    this.#child = fork(path, [JSON.stringify(config)], { execArgv: [], stdio: ['ignore', 'ignore', openSync(stderr, 'a'), 'ipc'] })
    this.#exited = new Promise((resolve) => this.#child.once('exit', (code, signal) => resolve({ code, signal })))
  }

  get pid(): number {
    return this.#child.pid as number
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    this.#child.kill(signal)
  }

  /** The next thing that it says. */
  message<T = Record<string, unknown>>(): Promise<T> {
    const gone = this.#exited.then(({ code, signal }) => {
      throw new Error(`the process ended with ${code ?? signal}: ${readFileSync(this.#stderr, 'utf8').slice(-1000)}`)
    })
    return Promise.race([new Promise<T>((resolve) => this.#child.once('message', (message) => resolve(message as T))), gone])
  }

  ask<T>(ask: string): Promise<T> {
    const answer = this.message<T>()
    this.#child.send({ ask })
    return answer
  }

  send(message: unknown): void {
    this.#child.send(message as object)
  }

  exit(): Promise<{ code: number | null; signal: string | null }> {
    return this.#exited
  }

  async end(): Promise<void> {
    if (this.running) this.#child.kill('SIGKILL')
    await this.#exited
  }
}

export function openEngine(place: Place): Engine {
  const { kind, ...options } = place
  return kind === 'sqlite' ? sqlite(options as { path: string }) : postgres(options as { url: string; schema: string })
}

export async function withPg<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function dropSchema({ url, schema }: { url: string; schema: string }): Promise<void> {
  // A server of the test's own may be gone already.
  await withPg(url, (client) => client.query(`set lock_timeout = '5s'; drop schema if exists ${schema} cascade`)).catch(() => {})
}

function readLines<T>(path: string): T[] {
  if (!existsSync(path)) return []
  // A write may be seen in part: what follows the last line's end is not a line yet.
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as T)
}
