/** Checks that every room makes of what a caller gives: unknown keys are refused, so that a misspelt option is never silent. */
import { WorksongError } from './errors.js'
import { isWellFormed } from './json.js'
import { show } from './show.js'

/** @throws WorksongError `WS_INVALID_OPTION` naming the unknown key and the nearest known one */
export function checkKeys(value: unknown, known: readonly string[], what: string): void {
  checkObject(value, what, `Known options: ${known.join(', ')}.`)
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    const near = known.find((name) => name.toLowerCase().startsWith(key.toLowerCase().slice(0, 4)))
    throw new WorksongError('WS_INVALID_OPTION', `${what} has no option '${key.slice(0, 60)}'`, {
      fix: near ? `Did you mean '${near}'?` : `Known options: ${known.join(', ')}.`,
      field: key,
    })
  }
}

/**
 * An object of named things; not a list, and nothing whose content is no properties: a Map, a promise that was not awaited.
 * @throws WorksongError `WS_INVALID_OPTION`
 */
export function checkObject(value: unknown, field: string, fix?: string): asserts value is object {
  if (typeof value === 'object' && value !== null && !(Symbol.iterator in value) && !hides(value)) return
  const one = Array.isArray(value) ? 'a list' : typeof value === 'object' ? show(value) : `a ${typeof value}`
  const given = value === null || value === undefined ? String(value) : one
  throw new WorksongError('WS_INVALID_OPTION', `${field} must be an object, not ${given}`, { field, ...(fix ? { fix } : {}) })
}

/** No properties of its own, and yet no plain `{}`. */
function hides(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return false
  return Object.getPrototypeOf(prototype) !== null && Object.keys(value).length === 0
}

/** A whole number within bounds, or the default when absent. @throws WorksongError `WS_INVALID_OPTION` */
export function wholeNumber(value: unknown, field: string, fallback: number, min: number, max: number): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw new WorksongError('WS_INVALID_OPTION', `${field} is not a whole number from ${min} to ${max}: ${show(value)}`, {
    field,
  })
}

/** Text of limited length, or undefined when absent. @throws WorksongError `WS_INVALID_OPTION` */
export function optionalText(value: unknown, field: string, max: number): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && value.length <= max && !value.includes('\0') && isWellFormed(value)) return value
  throw new WorksongError('WS_INVALID_OPTION', `${field} is not text of at most ${max} characters without NUL or half surrogates`, {
    field,
  })
}
