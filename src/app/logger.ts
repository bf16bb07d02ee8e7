/** The logger when the app gives none: one line per event on standard error, readable, colour only on a terminal. */
import { styleText } from 'node:util'
import type { Logger } from '../core/index.js'

const LEVELS = ['debug', 'info', 'warn', 'error'] as const
type Level = (typeof LEVELS)[number]
const COLOURS = { debug: 'gray', info: 'cyan', warn: 'yellow', error: 'red' } as const

/** @param least the least level that is written: WORKSONG_LOG, or 'info' */
export function plainLogger(least: string = process.env.WORKSONG_LOG ?? 'info'): Logger {
  const from = Math.max(0, LEVELS.indexOf(least as Level))
  const line = (level: Level) => (fields: object, message?: string) => {
    if (least === 'silent' || LEVELS.indexOf(level) < from) return
    process.stderr.write(`${format(level, fields as Record<string, unknown>, message)}\n`)
  }
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
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
  if (typeof value === 'string') return /^[\w.:@/-]+$/.test(value) ? value : JSON.stringify(value)
  try {
    return JSON.stringify(value)
  } catch {
    return '[unprintable]'
  }
}
