/** What a pool and its threads say to each other, and the check of what a thread has said: the code of others runs beside its runner. */
import { type Failure, type JobInfo, type Outcome, restoreOutcome } from '../core/index.js'
import { progressBody } from './context.js'

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

export type Level = (typeof LEVELS)[number]

/** What a thread is told. */
export type ToThread =
  | { readonly type: 'run'; readonly kind: string; readonly payload: string; readonly job: JobInfo }
  | { readonly type: 'abort'; readonly code: string; readonly message: string }
  | { readonly type: 'end' }

/** What a thread tells. */
export type FromThread =
  | { readonly type: 'returned'; readonly json: string | undefined; readonly outcome: Outcome | undefined }
  | { readonly type: 'threw'; readonly failure: Failure; readonly retryAfter: number | undefined }
  /** The module may not be run in a thread. */
  | { readonly type: 'refused'; readonly failure: Failure }
  | { readonly type: 'log'; readonly level: Level; readonly message: string; readonly fields: Record<string, unknown> | undefined }
  | { readonly type: 'progress'; readonly done: number; readonly total: number | undefined; readonly text: string | undefined }

/** What a thread has told, as it is used here. */
export type Told =
  | { readonly type: 'returned'; readonly value: unknown }
  | { readonly type: 'threw' | 'refused'; readonly error: Error }
  | { readonly type: 'log'; readonly level: Level; readonly message: string; readonly fields: Record<string, unknown> | undefined }
  | { readonly type: 'progress'; readonly body: string }

/** @throws Error of any kind when it is nothing that a runner says */
export function readMessage(given: unknown): Told {
  const message = given as FromThread
  switch (message.type) {
    case 'returned':
      return { type: 'returned', value: returnedValue(message) }
    case 'threw':
      return { type: 'threw', error: thrownThere(message.failure, optional(message.retryAfter, 'number')) }
    case 'refused':
      return { type: 'refused', error: thrownThere(message.failure, undefined) }
    case 'log': {
      const { level, message: text, fields } = message
      if (!LEVELS.includes(level)) throw new TypeError('no such level')
      return { type: 'log', level, message: must(text, 'string'), fields: optional(fields, 'object') }
    }
    case 'progress':
      return { type: 'progress', body: progressBody(must(message.done, 'number'), message.total, message.text) }
  }
  throw new TypeError('no such message')
}

/** What the handler returned, made here again: its outcomes carry a mark that does not cross between threads. */
function returnedValue({ json, outcome }: FromThread & { type: 'returned' }): unknown {
  if (outcome !== undefined) return restoreOutcome(outcome)
  return json === undefined ? undefined : JSON.parse(json)
}

/** What the handler threw, as an error of this thread. */
function thrownThere(failure: Failure, retryAfter: number | undefined): Error {
  const message = must(failure.message, 'string')
  must(failure.name, 'string')
  return Object.assign(new Error(message), failure, { retryAfter })
}

function must<T>(value: T, type: 'string' | 'number'): T {
  if (typeof value !== type) throw new TypeError(`no ${type}`)
  return value
}

function optional<T>(value: T, type: 'number' | 'object'): T {
  if (value !== undefined && (typeof value !== type || value === null)) throw new TypeError(`no ${type}`)
  return value
}
