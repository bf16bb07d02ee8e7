/**
 * The app's own logger as the rooms use it: one that throws or rejects hurts nobody, and errors are given in the shape that the failures
 * of handlers have, since JSON loggers print an Error under `error` as nothing at all.
 */
import { describeFailure, type Logger } from '../core/index.js'

type Level = 'debug' | 'info' | 'warn' | 'error'

export function safeLogger(logger: Logger): Logger {
  let told = false
  const failed = (error: unknown) => {
    if (told) return
    told = true
    process.stderr.write(`worksong: the app's logger failed (said once): ${JSON.stringify(describeFailure(error).message)}\n`)
  }
  const line = (level: Level) => (fields: object, message?: string) => {
    try {
      // A logger may return a promise, though nobody has asked for one.
      const answer: unknown = logger[level](printable(fields), message)
      if (isThenable(answer)) answer.then(undefined, failed)
    } catch (error) {
      failed(error)
    }
  }
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

function printable(fields: object): object {
  const { error } = fields as { error?: unknown }
  return error instanceof Error ? { ...fields, error: describeFailure(error) } : fields
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
