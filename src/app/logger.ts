/**
 * The logger when the app gives none: one line per event on standard error, readable, colour only on a terminal. The stack of what killed a
 * job follows on lines of its own, and with `debug` that of every failed attempt.
 */
import { styleText } from 'node:util'
import type { Failure, Logger } from '../core/index.js'

const LEVELS = ['debug', 'info', 'warn', 'error'] as const
type Level = (typeof LEVELS)[number]
const COLOURS = { debug: 'gray', info: 'cyan', warn: 'yellow', error: 'red' } as const

/** Unknown levels that have been told of: an app is made once, but a process may make many. */
const told = new Set<string>()

/** @param given the least level that is written: WORKSONG_LOG, or 'info' */
export function plainLogger(given: string = process.env.WORKSONG_LOG || 'info'): Logger {
  const known = given === 'silent' || LEVELS.includes(given as Level)
  const least = known ? given : 'info'
  const from = LEVELS.indexOf(least as Level)
  const line = (level: Level) => (fields: object, message?: string) => {
    if (least === 'silent' || LEVELS.indexOf(level) < from) return
    const { error, ...rest } = fields as Record<string, unknown>
    const stacks = level === 'error' || least === 'debug' ? stacksOf(error) : ''
    process.stderr.write(`${format(level, stacks ? rest : (fields as Record<string, unknown>), message)}${stacks}\n`)
  }
  const logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  if (!known && !told.has(given)) {
    told.add(given)
    const words = `WORKSONG_LOG is no level; 'info' it is. Levels: ${LEVELS.join(', ')}, silent`
    logger.warn({ code: 'log.level.unknown', level: given }, words)
  }
  return logger
}

function format(level: Level, fields: Record<string, unknown>, message: string | undefined): string {
  const { code, ...rest } = fields
  const word = level.toUpperCase().padEnd(5)
  const head = process.stderr.isTTY ? styleText(COLOURS[level], word) : word
  const pairs = Object.entries(rest).map(([key, value]) => `${key}=${show(value)}`)
  return [new Date().toISOString(), head, message ?? '', code ? `[${code}]` : '', ...pairs].filter(Boolean).join(' ')
}

function show(value: unknown): string {
  if (value instanceof Error) return value.stack && process.env.WORKSONG_LOG === 'debug' ? value.stack : JSON.stringify(value.message)
  if (isFailure(value)) return JSON.stringify(`${value.name}: ${value.message}`)
  if (typeof value === 'string') return /^[\w.:@/-]+$/.test(value) ? value : JSON.stringify(value)
  try {
    return JSON.stringify(value)
  } catch {
    return '[unprintable]'
  }
}

/** A job's failure, as it is kept. */
function isFailure(value: unknown): value is Failure {
  const { name, message } = (value ?? {}) as Partial<Failure>
  return typeof value === 'object' && !(value instanceof Error) && typeof name === 'string' && typeof message === 'string'
}

const MAX_CAUSES = 5

/** Of a failure and of its causes, each beginning with its name and message. */
function stacksOf(error: unknown): string {
  let text = ''
  let one = isFailure(error) ? error : undefined
  for (let depth = 0; one && depth < MAX_CAUSES; depth++, one = one.cause) {
    if (one.stack) text += `\n${one === error ? '' : 'caused by '}${one.stack}`
  }
  return text.replaceAll('\n', '\n    ')
}
