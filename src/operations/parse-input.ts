/** A verb's input, checked by its fields: the same for the library, the command line and HTTP. */
import { type Duration, isId, optionalText, parseDuration, WorksongError } from '../core/index.js'
import { nearest } from './near.js'
import type { Field, Fields } from './operation.js'

/** Check a verb's input by its fields. @throws WorksongError `WS_INVALID_OPTION` naming the field */
export function parseInput<In>(fields: Fields, raw: Readonly<Record<string, unknown>>): In {
  const input: Record<string, unknown> = {}
  for (const key of Object.keys(raw)) {
    if (!Object.hasOwn(fields, key)) throw unknownField(key, Object.keys(fields))
  }
  for (const [key, field] of Object.entries(fields)) {
    const value = raw[key] === undefined ? field.default : raw[key]
    if (value === undefined) {
      if (field.required) throw missing(key, field)
      continue
    }
    input[key] = field.many ? (Array.isArray(value) ? value : [value]).map((one) => parseOne(key, field, one)) : parseOne(key, field, value)
  }
  return input as In
}

function parseOne(key: string, field: Field, value: unknown): unknown {
  switch (field.type) {
    case 'id':
      if (isId(value)) return value
      throw wrong(key, value, 'a job id (a UUID in lower case)', field.fix ?? "Give it whole, as 'worksong jobs list' shows it.")
    case 'number':
      return parseNumber(key, field, value)
    case 'choice':
      if (field.choices?.includes(value as string)) return value
      throw wrong(key, value, `one of ${field.choices?.join(', ')}`, choiceFor(value, field.choices))
    case 'flag':
      if (typeof value === 'boolean') return value
      throw wrong(key, value, 'true or false', 'Give true or false.')
    case 'json':
      return typeof value === 'string' ? parseJson(key, value) : value
    case 'duration':
      return parseDuration(value as Duration, key)
    case 'moment':
      return parseMoment(key, value)
    case 'text':
      // NUL and half surrogates too are refused here, on both engines alike: one would cut them off, the other fail.
      return optionalText(value, key, 10_000)
  }
}

function parseNumber(key: string, field: Field, value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = field
  if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number
  const bound = typeof number !== 'number' ? '' : number > max ? `The most is ${max}.` : number < min ? `The least is ${min}.` : ''
  throw wrong(key, value, `a whole number from ${min} to ${max}`, bound || 'Write it in digits, as 10.')
}

const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/

/** Unix milliseconds. Text without a zone is UTC, as everything that is printed; a duration means so long ago, by this machine's clock. */
function parseMoment(key: string, value: unknown): number {
  if (typeof value === 'string') {
    const iso = ISO.exec(value)
    const at = iso ? Date.parse(value.replace(' ', 'T') + (iso[1] || value.length <= 10 ? '' : 'Z')) : Date.now() - ago(value)
    if (Number.isFinite(at)) return at
  } else {
    const at = value instanceof Date ? value.getTime() : value
    if (typeof at === 'number' && Number.isFinite(at)) return Math.round(at)
  }
  throw wrong(key, value, 'a moment', 'Write 2026-11-21, 2026-11-21T10:00Z, or how long ago: 30m, 2h, 7d.')
}

function ago(text: string): number {
  try {
    return parseDuration(text, 'ago')
  } catch {
    return Number.NaN
  }
}

function parseJson(key: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new WorksongError('WS_INVALID_OPTION', `${key} is not JSON: ${text.slice(0, 60)}`, {
      fix: `Quote it for your shell: '{"name":"Ada"}'.`,
      field: key,
      cause,
    })
  }
}

function unknownField(key: string, known: readonly string[]): WorksongError {
  const near = nearest(key, known)
  const all = known.length > 0 ? `It has: ${known.join(', ')}.` : 'It has none.'
  const fix = near === undefined ? all : `Did you mean '${near}'?`
  return new WorksongError('WS_INVALID_OPTION', `There is no field '${key.slice(0, 60)}'`, { fix, field: key })
}

function missing(key: string, { choices, words }: Field): WorksongError {
  const fix = choices ? `Give one of: ${choices.join(', ')}.` : `Give \`${key}\`: ${words}.`
  return new WorksongError('WS_INVALID_OPTION', `${key} is missing`, { field: key, fix })
}

function choiceFor(value: unknown, choices: readonly string[] = []): string {
  const near = typeof value === 'string' ? nearest(value, choices) : undefined
  return near === undefined ? `Give one of: ${choices.join(', ')}.` : `Did you mean '${near}'?`
}

function wrong(key: string, value: unknown, wanted: string, fix: string): WorksongError {
  const shown = typeof value === 'string' ? `'${value.slice(0, 60)}'` : String(value)
  return new WorksongError('WS_INVALID_OPTION', `${key} is not ${wanted}: ${shown}`, { field: key, fix })
}
