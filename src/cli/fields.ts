/** From the fields of an operation to a command's arguments and options, and back to raw input. Checking is the operation's own. */
import { Argument, type Command, Option } from 'commander'
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
  const options = command.opts()
  for (const [name, field] of Object.entries(fields)) {
    if (field.position === undefined && options[name] !== undefined) raw[name] = options[name]
  }
  for (const [index, [name]] of positioned(fields).entries()) {
    const typed: unknown = command.processedArgs[index]
    // Of an argument that takes many, Commander makes none an empty list.
    if (typed !== undefined && !(Array.isArray(typed) && typed.length === 0)) raw[name] = typed
  }
  return raw
}

function positioned(fields: Fields): [string, Field][] {
  return Object.entries(fields)
    .filter(([, field]) => field.position !== undefined)
    .sort(([, a], [, b]) => (a.position ?? 0) - (b.position ?? 0))
}

function flagsOf(name: string, field: Field): string {
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  if (field.type === 'flag') return flag
  const names = field.alias === undefined ? flag : `--${field.alias}, ${flag}`
  const value = PLACEHOLDERS[field.type] ?? name
  return `${names} <${field.many ? `${value}...` : value}>`
}

const PLACEHOLDERS: Partial<Record<Field['type'], string>> = { number: 'n', json: 'json', duration: 'duration', moment: 'moment', id: 'id' }

function wordsOf(field: Field): string {
  const choices = field.choices ? `: ${field.choices.join(', ')}` : ''
  return `${field.words}${choices}${field.default === undefined ? '' : ` (default ${field.default})`}`
}
