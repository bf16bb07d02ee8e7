/** The thread's side of `isolation: 'thread'`: loads the module that exports the job, runs handlers, reports what they did. */
import { type MessagePort, workerData } from 'node:worker_threads'
import {
  describeFailure,
  encodeJson,
  errorRetryAfter,
  type JobContext,
  type JobDefinition,
  type JobInfo,
  type JobLog,
  readOutcome,
  WorksongError,
} from '../core/index.js'
import { progressBody } from './context.js'
import { readInput } from './input.js'
import { loadGuarded } from './thread-guard.js'
import type { FromThread, Level, ToThread } from './thread-messages.js'

const MAX_RESULT_BYTES = 64 * 1024 * 1024
/** Not `parentPort`: that one, and what is sent over it, is the handlers' own affair. They do not get to see this one. */
const { module, port } = workerData as { module: string; port: MessagePort }
delete (workerData as { port?: MessagePort }).port
let controller = new AbortController()
/** The module has started an app: nothing of it is run. */
let refused: WorksongError | undefined

port.on('message', (message: ToThread) => {
  if (message.type === 'abort') controller.abort(new WorksongError(message.code as 'WS_TIMEOUT', message.message))
  else if (message.type === 'run') void run(message)
  else process.exit()
})

async function run(message: ToThread & { type: 'run' }): Promise<void> {
  controller = new AbortController()
  try {
    const job = await find(message.kind)
    const input = await readInput(job, message.payload)
    const context = makeContext(message.job, controller.signal)
    const value = await layered(job, input, context, 0)
    const outcome = readOutcome(value)
    const json = outcome || value === undefined ? undefined : encodeJson(value, 'result', MAX_RESULT_BYTES)
    tell({ type: 'returned', json, outcome })
  } catch (thrown) {
    tell({ type: 'threw', failure: describeFailure(thrown), retryAfter: errorRetryAfter(thrown) })
  }
}

function layered(job: JobDefinition, input: unknown, context: JobContext, at: number): unknown {
  const layer = job.middleware[at]
  if (layer) return layer(context, async () => layered(job, input, context, at + 1))
  if (!job.run) throw new WorksongError('WS_NO_HANDLER', `Job '${job.name}' has no handler in its module`)
  return job.run(input, context)
}

async function find(kind: string): Promise<JobDefinition> {
  const exported: Record<string, unknown> = await loadGuarded(module, () => import(module), refuse)
  if (refused) throw refused
  for (const value of [...Object.values(exported), ...Object.values(exported).flat()]) {
    const job = value as JobDefinition | undefined
    if (typeof job === 'object' && job !== null && job.name === kind && job.retry) return job
  }
  throw new WorksongError('WS_THREAD', `The module of job '${kind}' exports no such job`, {
    fix: 'Export the job from the module that its `module: import.meta.url` names.',
  })
}

/** Told at once, and not only when the module has been loaded: it may wait for what will never happen, or end the thread. */
function refuse(error: WorksongError): void {
  if (refused) return
  refused = error
  tell({ type: 'refused', failure: describeFailure(error) })
}

function makeContext(job: JobInfo, signal: AbortSignal): JobContext {
  const write = (level: Level) => (message: string, fields?: Record<string, unknown>) => {
    if (isOver(signal)) return
    tellLog(level, String(message), fields)
  }
  const log: JobLog = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  const progress = async (done: number, total?: number, text?: string) => {
    if (isOver(signal)) throw new WorksongError('WS_LEASE_LOST', `The attempt of job ${job.id} has ended`)
    progressBody(done, total, text)
    tell({ type: 'progress', done, total, text })
  }
  return { job, signal, log, progress }
}

/** What a handler left behind must not speak for the job that has the thread now. */
function isOver(signal: AbortSignal): boolean {
  return signal !== controller.signal
}

/** Errors cross as errors; what cannot cross at all (a function, a promise) goes as JSON or text. */
function tellLog(level: Level, message: string, fields: Record<string, unknown> | undefined): void {
  try {
    tell({ type: 'log', level, message, fields })
  } catch {
    const plain = Object.entries(fields ?? {}).map(([key, value]) => [key, plainValue(value)])
    tell({ type: 'log', level, message, fields: fields && Object.fromEntries(plain) })
  }
}

function plainValue(value: unknown): unknown {
  try {
    const json = JSON.stringify(value)
    return json === undefined ? String(value) : JSON.parse(json)
  } catch {
    return typeof value === 'object' ? '[unprintable]' : String(value)
  }
}

function tell(message: FromThread): void {
  port.postMessage(message)
}
