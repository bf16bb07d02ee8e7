/** From the fields of an operation to a command's arguments and options, and back to raw input. Checking is the operation's own. */
import { Argument, type Command, Option } from 'commander'
import { isWorksongError, problemOf, reworded, WorksongError } from '../app/index.js'
import type { Field, Operation } from '../operations/index.js'

type Fields = Operation['fields']

/** Fields with a position become arguments, the others `--field <value>`. */
export function addFields(command: Command, fields: Fields): void {
  for (const [name, field] of positioned(fields)) {
    const word = field.many ? `${name}...` : name
    command.addArgument(new Argument(field.required ? `<${word}>` : `[${word}]`, wordsOf(field)))
  }
  for (const [name, field] of Object.entries(fields)) {
    if (field.position === undefined) command.addOption(new Option(flagsOf(name, field), wordsOf(field)))
  }
}

/** What was typed, by field; what was not is absent. */
export function readFields(command: Command, fields: Fields): Record<string, unknown> {
  const raw: Record<string, unknown> = {}
  const take = (name: string, field: Field, typed: unknown) => {
    if (field.unit && typeof typed === 'string' && DIGITS.test(typed)) throw noUnit(name, typed)
    raw[name] = Array.isArray(typed) ? typed.map((one) => asMeant(field, one)) : asMeant(field, typed)
  }
  const options = command.opts()
  for (const [name, field] of Object.entries(fields)) {
    if (field.position === undefined && options[name] !== undefined) take(name, field, options[name])
  }
  for (const [index, [name, field]] of positioned(fields).entries()) {
    const typed: unknown = command.processedArgs[index]
    // Of an argument that takes many, Commander makes none an empty list.
    if (typed !== undefined && !(Array.isArray(typed) && typed.length === 0)) take(name, field, typed)
  }
  return raw
}

const DIGITS = /^\d+$/
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** What a program would give in another form: a terminal knows no numbers, and ids are the same in any case. */
function asMeant({ type }: Field, typed: unknown): unknown {
  if (typeof typed !== 'string') return typed
  if (type === 'duration' && DIGITS.test(typed)) return Number(typed)
  return type === 'id' && UUID.test(typed) ? typed.toLowerCase() : typed
}

/** Thirty what? A worker that is killed after 30 ms loses what it runs. */
function noUnit(name: string, typed: string): WorksongError {
  const fix = `Write ${flagOf(name)} ${typed}s for seconds, or ${typed}ms.`
  return new WorksongError('WS_INVALID_DURATION', `${flagOf(name)} ${typed} has no unit`, { fix, field: name })
}

function positioned(fields: Fields): [string, Field][] {
  return Object.entries(fields)
    .filter(([, field]) => field.position !== undefined)
    .sort(([, a], [, b]) => (a.position ?? 0) - (b.position ?? 0))
}

function flagsOf(name: string, field: Field): string {
  const flag = flagOf(name)
  if (field.type === 'flag') return flag
  const names = field.alias === undefined ? flag : `--${field.alias}, ${flag}`
  return `${names} ${placeholderOf(name, field)}`
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function placeholderOf(name: string, field: Field): string {
  const value = PLACEHOLDERS[field.type] ?? name
  return `<${field.many ? `${value}...` : value}>`
}

const PLACEHOLDERS: Partial<Record<Field['type'], string>> = { number: 'n', json: 'json', duration: 'duration', moment: 'moment', id: 'id' }

function wordsOf(field: Field): string {
  const choices = field.choices ? `: ${field.choices.join(', ')}` : ''
  return `${field.words}${choices}${field.default === undefined ? '' : ` (default ${field.default})`}`
}

/** An error about a field that is an option here, in the words of the command line: with its dashes. */
export function asTyped(error: unknown, fields: Fields): unknown {
  if (!isWorksongError(error) || error.field === undefined) return error
  const { fix, field: name } = error
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  const problem = dashed(problemOf(error), fields)
  const flag = field && field.position === undefined ? flagOf(name) : undefined
  const message = flag !== undefined && problem.startsWith(`${name} `) ? flag + problem.slice(name.length) : problem
  const typed = fix && dashed(fix, fields)
  if (message === problemOf(error) && typed === fix) return error
  return reworded(error, { problem: message, ...(typed === undefined ? {} : { fix: typed }) })
}

/** Names of options are in backquotes where they stand in a sentence. */
function dashed(text: string, fields: Fields): string {
  return text.replace(/`(\w+)`/g, (quoted, name: string) => (fields[name] && fields[name].position === undefined ? flagOf(name) : quoted))
}
