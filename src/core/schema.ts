/**
 * Any Standard Schema library (Zod, Valibot, ArkType, …) through the part of its interface that is used here. https://standardschema.dev
 */
import { type ErrorCode, WorksongError } from './errors.js'
import { show } from './show.js'

export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** A type without a check: for inputs and outputs that TypeScript alone should know. */
export function typed<T>(): Schema<T, T> {
  return { '~standard': { version: 1, vendor: 'worksong', validate: (value) => ({ value: value as T }) } }
}

/**
 * Validate with a schema: the parsed value, or an error that names each path that failed. A promise only when the schema is asynchronous.
 * @param what names the value in the error: 'input of invoice.callback'
 */
export function parseWith(schema: Schema | undefined, value: unknown, code: ErrorCode, what: string): unknown {
  if (!schema) return value
  const result = schema['~standard'].validate(value)
  return isPromise(result) ? result.then((settled) => settledValue(settled, code, what)) : settledValue(result, code, what)
}

export function isPromise<T>(value: unknown): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

function settledValue(result: SchemaResult<unknown>, code: ErrorCode, what: string): unknown {
  if (typeof result !== 'object' || result === null) throw faulty(code, what, `gave ${show(result)}`)
  if (!result.issues) return result.value
  if (!Array.isArray(result.issues)) throw faulty(code, what, `gave issues that are no list: ${show(result.issues)}`)
  const issues = result.issues as readonly SchemaIssue[]
  const lines = issues.slice(0, 10).map((issue) => `${pathOf(issue)}: ${textOf(issue?.message)}`)
  const more = issues.length > 10 ? `; and ${issues.length - 10} more` : ''
  throw new WorksongError(
    code,
    `The ${what} is not valid: ${lines.join('; ')}${more}`,
    issues.length > 0 ? { field: pathOf(issues[0]) } : {},
  )
}

/** The schema itself does not keep to the standard: no value can be judged by it. */
function faulty(code: ErrorCode, what: string, problem: string): WorksongError {
  const fix = 'validate() of a Standard Schema gives { value } or { issues: [{ message, path }] }.'
  return new WorksongError(code, `The schema of the ${what} ${problem}`, { fix })
}

function pathOf(issue: SchemaIssue | undefined): string {
  const { path } = (issue ?? {}) as Partial<SchemaIssue>
  const parts: readonly unknown[] = Array.isArray(path) ? path : []
  const keys = parts.map((part) => (typeof part === 'object' && part !== null ? (part as { key?: unknown }).key : part))
  if (keys.length === 0) return 'input'
  return keys.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? textOf(key) : `.${textOf(key)}`)).join('')
}

/** A schema may put anything where texts belong. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : show(value)
}
