/** A process that is one worker: from start to a stop by signal, by its supervisor, or by a fault that nobody caught. */
import { type Worksong, WorksongError } from '../app/index.js'
import { noApp } from './app-file.js'
import type { Globals } from './command.js'
import { closeApp, loadApp, notShared } from './load-app.js'
import { onOrphaned } from './orphan.js'
import { EXIT, type Output, withoutPasswords } from './output.js'
import { onStopSignal } from './signals.js'
import type { WorkInput } from './work.js'

/** After a fault that nobody caught, nothing can be relied on for long. */
const FAULT_GRACE_MS = 5000

/** What a worker says of itself when it is ready. */
export interface WorkerReady {
  readonly name: string
  readonly pid: number
  readonly queues: readonly string[]
  readonly concurrency: number
  readonly store: string
}

export type FromSupervisor = 'stop' | 'hurry'
export type ToSupervisor = { readonly ready: WorkerReady }

/** @param child the number of this process under a supervisor, which is told when it is ready */
export async function runWorker(input: WorkInput, globals: Globals, output: Output, child?: string): Promise<number> {
  const { app, file } = await loadApp(globals, {}, true)
  try {
    if (file === undefined) throw noApp('A worker needs the jobs of an app', true)
    if (![...app.definitions.values()].some((job) => job.run)) throw noHandlers()
    if ((input.processes ?? 1) > 1 && !app.shared) throw notShared('each of several processes would have its own jobs')
    const worker = new WorkerProcess(app, input, child)
    return await worker.run((ready) => {
      if (child === undefined) output.result(ready, describe(ready))
      else process.send?.({ ready } satisfies ToSupervisor)
    })
  } finally {
    await closeApp(app)
  }
}

class WorkerProcess {
  readonly #app: Worksong
  readonly #graceMs: number
  readonly #name: string
  readonly #worker: ReturnType<Worksong['worker']>
  #stopping: Promise<void> | undefined
  #code: number = EXIT.ok
  #asked: () => void = () => undefined

  constructor(app: Worksong, input: WorkInput, child: string | undefined) {
    const { queue, concurrency, name = 'worker', grace } = input
    this.#app = app
    this.#graceMs = grace
    this.#name = child === undefined ? name : `${name}-${child}`
    this.#worker = app.worker({
      name: this.#name,
      grace,
      ...(queue === undefined ? {} : { queues: queue }),
      ...(concurrency === undefined ? {} : { concurrency }),
    })
  }

  async run(onReady: (ready: WorkerReady) => void): Promise<number> {
    const asked = new Promise<void>((resolve) => {
      this.#asked = resolve
    })
    const deafen = this.#listen()
    try {
      await this.#worker.start()
      if (!this.#stopping) onReady(await this.#describe())
      // An operator may stop it from elsewhere.
      await Promise.race([asked, this.#worker.stopped])
      await this.#stopping
      return this.#code
    } finally {
      deafen()
    }
  }

  #stop(grace: number): void {
    this.#stopping ??= this.#worker.stop({ grace })
    this.#asked()
  }

  #hurry(): void {
    this.#stop(0)
    // An error of the stop itself is met where it is awaited.
    this.#worker.stop({ grace: 0 }).catch(() => undefined)
  }

  #listen(): () => void {
    const onSignal = (count: number, signal: NodeJS.Signals) => {
      if (count === 1) this.#stop(this.#graceMs)
      else if (count === 2) {
        this.#app.logger?.warn({ code: 'process.hurry', signal }, 'a second signal: stopping at once')
        this.#hurry()
      } else process.exit(EXIT.failed)
    }
    const onMessage = (message: FromSupervisor) => (message === 'hurry' ? this.#hurry() : this.#stop(this.#graceMs))
    // The supervisor is gone: nobody would ever stop this process.
    const onDisconnect = () => this.#stop(this.#graceMs)
    const onFault = (error: unknown, origin: string) => this.#fault(error, origin)
    const offSignals = onStopSignal(onSignal)
    const offOrphaned = onOrphaned(() => {
      this.#app.logger?.warn({ code: 'process.orphaned' }, 'npm, which started this worker, is gone: stopping')
      this.#stop(this.#graceMs)
    })
    process.on('message', onMessage).on('disconnect', onDisconnect).on('uncaughtException', onFault)
    return () => {
      offSignals()
      offOrphaned()
      process.off('message', onMessage).off('disconnect', onDisconnect)
      // Faults of what is still running are heard to the end.
    }
  }

  /** Also of rejections that nobody handles: Node makes them exceptions. */
  #fault(error: unknown, origin: string): void {
    const message = `${origin}: nobody caught an error; this worker stops`
    this.#app.logger?.error({ code: 'process.fault', origin, error }, message)
    process.stderr.write(`${withoutPasswords(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`)
    this.#code = EXIT.failed
    this.#stop(Math.min(FAULT_GRACE_MS, this.#graceMs))
  }

  async #describe(): Promise<WorkerReady> {
    const own = (await this.#app.workers.list()).find((one) => one.id === this.#worker.id)
    const { queues = [], concurrency = 0 } = own ?? {}
    return { name: this.#name, pid: process.pid, queues, concurrency, store: this.#app.place ?? '' }
  }
}

function noHandlers(): WorksongError {
  return new WorksongError('WS_NO_HANDLER', 'No job of this app has a handler: a worker would have nothing to run', {
    fix: 'Give the jobs to the app (new Worksong({ jobs: [ … ] })), each with run or by implement().',
  })
}

function describe({ name, pid, queues, concurrency, store }: WorkerReady): string {
  return `ready: ${queuesText(queues)}; ${concurrency} jobs at once; store ${store}; worker ${name}, pid ${pid}. Ctrl+C stops it.`
}

export function queuesText(queues: readonly string[]): string {
  return `${queues.length === 1 ? 'queue' : 'queues'} ${queues.join(', ')}`
}
