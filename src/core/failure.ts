/** A thrown value made storable: whatever was thrown (null, a frozen object, an error whose getters throw), this never throws. */
import { safeText } from './json.js'

/** An error as it is kept per attempt. Plain data. */
export interface Failure {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: string
  readonly cause?: Failure
}

const MAX_MESSAGE = 8_192
const MAX_STACK = 16_384
const MAX_CAUSES = 5

/** Describe a thrown value, with stack, code and causes; long texts are cut and say so. */
export function describeFailure(thrown: unknown, depth = 0): Failure {
  if (typeof thrown !== 'object' || thrown === null) {
    return { name: 'NonError', message: safeText(`a ${thrown === null ? 'null' : typeof thrown} was thrown: ${text(thrown)}`, MAX_MESSAGE) }
  }
  const stack = read(thrown, 'stack')
  const code = read(thrown, 'code')
  const cause = readAny(thrown, 'cause')
  return {
    name: safeText(read(thrown, 'name') ?? 'Error', 200),
    message: safeText(read(thrown, 'message') ?? text(thrown), MAX_MESSAGE),
    ...(stack === undefined ? {} : { stack: safeText(stack, MAX_STACK) }),
    ...(code === undefined ? {} : { code: safeText(code, 200) }),
    ...(cause === undefined || depth >= MAX_CAUSES ? {} : { cause: describeFailure(cause, depth + 1) }),
  }
}

/** A failure that Worksong itself states, without a stack. */
export function plainFailure(name: string, message: string): Failure {
  return { name, message: safeText(message, MAX_MESSAGE) }
}

function read(thrown: object, key: string): string | undefined {
  const value = readAny(thrown, key)
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
}

function readAny(thrown: object, key: string): unknown {
  try {
    return (thrown as Record<string, unknown>)[key]
  } catch {
    return undefined
  }
}

function text(value: unknown): string {
  try {
    return typeof value === 'object' ? (JSON.stringify(value) ?? '[object]').slice(0, MAX_MESSAGE) : String(value)
  } catch {
    return '[unprintable]'
  }
}
