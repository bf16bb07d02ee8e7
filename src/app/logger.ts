/**
 * The logger when the app gives none: one line per event on standard error, readable, colour only on a terminal. The stack of what killed a
 * job follows on lines of its own, and with `debug` that of every error.
 */
import { styleText } from 'node:util'
import { describeFailure, type Failure, type Logger } from '../core/index.js'

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
    const failure = error instanceof Error && least === 'debug' ? describeFailure(error) : error
    const stacks = level === 'error' || least === 'debug' ? stacksOf(failure) : ''
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
  const words = [message ?? '', code ? `[${code}]` : '', ...pairs].filter(Boolean).join(' ')
  return `${new Date().toISOString()} ${head} ${escaped(words)}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that are looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** Nothing that a handler says can begin a line of its own, drive the terminal, or turn the direction of the text. */
function escaped(text: string): string {
  return text.replace(CONTROL, (one) => SHORT[one] ?? `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function show(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message)
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
  return text.split('\n').map(escaped).join('\n    ')
}
