/** How a handler ended that ran here and now: for programs, and in words. */
import { decodeJson, type End, type Failure, formatDuration, WorksongError } from '../core/index.js'
import { errorText } from './error-text.js'

export interface RunReport {
  /** Of a job in the store. */
  readonly id?: string
  readonly name: string
  readonly end: End
  readonly ranMs: number
  /** Of a success. */
  readonly result?: unknown
  /** The failure, or the reason of an outcome. */
  readonly error?: Failure
  /** Of `retrying` and `snoozed`: when it runs again, or would. */
  readonly delayMs?: number
}

/** A report with what was thrown, for callers in this process. */
export interface Ran {
  readonly report: RunReport
  readonly thrown: unknown
}

interface Ended {
  readonly end: End
  readonly body: string | null
  readonly ranMs: number | null
  readonly delayMs?: number
}

export function reportOf(name: string, { end, body, ranMs, delayMs }: Ended, id?: string): RunReport {
  const decoded = body === null ? undefined : decodeJson(body, 'result')
  return {
    ...(id === undefined ? {} : { id }),
    name,
    end,
    ranMs: ranMs ?? 0,
    ...(end === 'succeeded' ? { result: decoded } : decoded === undefined ? {} : { error: decoded as Failure }),
    ...(delayMs === undefined ? {} : { delayMs }),
  }
}

export function reportText(report: RunReport): string {
  const { end, ranMs, result, error } = report
  const head = `${sentence(report)} (ran ${ranMs} ms)`
  if (end === 'succeeded') return result === undefined ? head : `${head}\nresult: ${JSON.stringify(result, null, 2)}`
  return error ? `${head}\n${errorText(error)}` : head
}

/** The result, as a caller of a function expects it. @throws what the handler threw, or what says which other outcome it had */
export function resultOfRun({ report, thrown }: Ran): unknown {
  if (report.end === 'succeeded') return report.result
  if (thrown !== undefined) throw thrown
  const code = report.end === 'cancelled' ? 'WS_JOB_CANCELLED' : report.end === 'dead' ? 'WS_JOB_DEAD' : 'WS_JOB_NOT_DONE'
  throw new WorksongError(code, `Job '${report.name}' ${sentence(report)}: ${report.error?.message ?? 'no reason was given'}`)
}

/** A job in the store goes on as the words say; of one that is in none they say what would be. */
function sentence({ id, end, delayMs = 0 }: RunReport): string {
  const stored = id !== undefined
  const when = delayMs === 0 ? 'at once' : `in ${formatDuration(delayMs)}`
  if (end === 'retrying') return stored ? `failed; it is tried again ${when}` : `failed; a worker would try it again ${when}`
  if (end === 'snoozed') return stored ? `snoozed: it runs again ${when}` : `snoozed: a worker would run it again ${when}`
  if (end === 'returned') return stored ? 'interrupted; it is back in its queue' : 'interrupted'
  if (end === 'dead') return stored ? 'dead' : 'failed; it would be dead'
  return end
}
