/**
 * The cursor of a list of jobs: where a walk stands, as text that any shell and URL can carry. It names the list that it belongs to, so
 * that what is not a cursor, or is one of another list or another engine, is refused instead of giving a page of somewhere else.
 */
import { isId, WorksongError } from '../core/index.js'
import type { JobFilter } from './records.js'

/** Raised when a position comes to mean something else. */
const VERSION = 2
/** Far more than a cursor of the longest names. */
const MAX_LENGTH = 8000

/** What one part of a position is. */
export type CursorPart = 'id' | 'text' | 'integer'

const PARTS: Readonly<Record<CursorPart, (part: unknown) => boolean>> = {
  id: isId,
  text: (part) => typeof part === 'string' && !part.includes('\0'),
  integer: Number.isSafeInteger,
}

export function encodeCursor(filter: JobFilter, position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([VERSION, ...listOf(filter), ...position])).toString('base64url')
}

/** The position of a cursor of this very list. @throws WorksongError `WS_INVALID_OPTION` with the field `after` */
export function decodeCursor(text: string, filter: JobFilter, parts: readonly CursorPart[]): readonly (string | number)[] {
  const values = valuesOf(text)
  if (values?.[0] !== VERSION) throw refused('after is not a cursor of a list of jobs')
  const list = listOf(filter)
  if (list.some((value, at) => values[at + 1] !== value)) throw refused('after is a cursor of another list of jobs')
  const position = values.slice(1 + list.length)
  if (position.length === parts.length && parts.every((part, at) => PARTS[part](position[at]))) return position as (string | number)[]
  throw refused('after is not a cursor of this list of jobs')
}

function listOf({ state, queue, kind, error, since, until }: JobFilter): readonly (string | number | null)[] {
  return [state ?? null, queue ?? null, kind ?? null, error ?? null, since ?? null, until ?? null]
}

/** Decoding base64 forgives everything: what is not written just so is no cursor. */
function valuesOf(text: unknown): readonly unknown[] | undefined {
  if (typeof text !== 'string' || text.length > MAX_LENGTH) return undefined
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) return undefined
  try {
    const values: unknown = JSON.parse(bytes.toString())
    return Array.isArray(values) ? values : undefined
  } catch {
    return undefined
  }
}

function refused(what: string): WorksongError {
  return new WorksongError('WS_INVALID_OPTION', what, {
    fix: "Give back the next of the page before, with that page's filter.",
    field: 'after',
  })
}
