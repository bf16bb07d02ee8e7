/** What an operator's verb is: one definition, from which the library, the command line and (later) HTTP are made. */
import { type Duration, isId, type JobDefinition, optionalText, parseDuration, WorksongError } from '../core/index.js'
import type { Engine } from '../engine/index.js'
import { nearest } from './near.js'

/** One field of a verb's input. `position` makes it a plain argument on the command line. */
export interface Field {
  readonly type: 'id' | 'text' | 'number' | 'flag' | 'choice' | 'json' | 'duration'
  readonly words: string
  readonly position?: number
  readonly required?: boolean
  readonly many?: boolean
  readonly choices?: readonly string[]
  readonly min?: number
  readonly max?: number
  readonly default?: unknown
}

export type Fields = Readonly<Record<string, Field>>

/** What an operation may touch. */
export interface Tools {
  readonly engine: Engine
  readonly jobs: ReadonlyMap<string, JobDefinition>
  enqueue(job: JobDefinition, input: unknown, options: object): Promise<{ id: string; status: string }>
}

export interface Operation<
  // biome-ignore lint/suspicious/noExplicitAny: a list of operations of any input is what the command line works from
  In = any,
  // biome-ignore lint/suspicious/noExplicitAny: the same for results
  Out = any,
> {
  /** Words of the command: ['jobs', 'show']. */
  readonly name: readonly string[]
  /** One line for help. */
  readonly words: string
  /** Who may: to look, to act, or to change the system itself. */
  readonly right: 'view' | 'operate' | 'admin'
  readonly fields: Fields
  readonly examples: readonly string[]
  run(tools: Tools, input: In): Promise<Out>
  /**
   * For a verb with the flag `follow`, whose result is a list that grows: what there is and then what comes, in parts that are not empty,
   * until nothing more will come or `signal` aborts. Where it is not followed, `run` gives what there is.
   */
  follow?(tools: Tools, input: In, signal: AbortSignal): AsyncIterable<Out>
  /** The result as people read it on a terminal. */
  show(result: Out): string
  /** True when the result means failure: the command exits with 1. */
  failed?(result: Out): boolean
}

/** Types an operation; it is data otherwise. */
export function operation<In, Out>(definition: Operation<In, Out>): Operation<In, Out> {
  return Object.freeze(definition)
}

/** Check a verb's input by its fields. @throws WorksongError `WS_INVALID_OPTION` naming the field */
export function parseInput<In>(fields: Fields, raw: Readonly<Record<string, unknown>>): In {
  const input: Record<string, unknown> = {}
  for (const key of Object.keys(raw)) {
    if (!Object.hasOwn(fields, key)) throw unknownField(key, Object.keys(fields))
  }
  for (const [key, field] of Object.entries(fields)) {
    const value = raw[key] === undefined ? field.default : raw[key]
    if (value === undefined) {
      if (field.required) throw new WorksongError('WS_INVALID_OPTION', `${key} is missing`, { field: key, fix: `It is: ${field.words}.` })
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
      throw wrong(key, value, 'a job id (a UUID in lower case)')
    case 'number':
      return parseNumber(key, field, value)
    case 'choice':
      if (field.choices?.includes(value as string)) return value
      throw wrong(key, value, `one of ${field.choices?.join(', ')}`)
    case 'flag':
      if (typeof value === 'boolean') return value
      throw wrong(key, value, 'true or false')
    case 'json':
      return typeof value === 'string' ? parseJson(key, value) : value
    case 'duration':
      return parseDuration(value as Duration, key)
    case 'text':
      // NUL and half surrogates too are refused here, on both engines alike: one would cut them off, the other fail.
      return optionalText(value, key, 10_000)
  }
}

function parseNumber(key: string, field: Field, value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = field
  if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number
  throw wrong(key, value, `a whole number from ${min} to ${max}`)
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

function wrong(key: string, value: unknown, wanted: string): WorksongError {
  const shown = typeof value === 'string' ? `'${value.slice(0, 60)}'` : String(value)
  return new WorksongError('WS_INVALID_OPTION', `${key} is not ${wanted}: ${shown}`, { field: key })
}
