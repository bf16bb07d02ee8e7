/** A stored failure as people read it: its message, the top of its stack, and what caused it; of all of them only so many lines. */
import type { Failure } from '../core/index.js'

const MESSAGE_LINES = 10
const STACK_LINES = 10
/** Of a cause: it is often the same way up. */
const CAUSE_STACK_LINES = 5
/** Frames that are the same below every handler. */
const MACHINERY = /\bnode:|node_modules[\\/]worksong[\\/]/

export function errorText(failure: Failure): string {
  const lines = told(failure, STACK_LINES)
  for (let cause = failure.cause, depth = 1; cause !== undefined; cause = cause.cause, depth++) {
    const [first = '', ...rest] = told(cause, CAUSE_STACK_LINES)
    lines.push(...[`caused by: ${first}`, ...rest].map((line) => '  '.repeat(depth) + line))
  }
  return lines.join('\n')
}

function told({ name, message, code, stack = '' }: Failure, most: number): string[] {
  const named = code === undefined || message.includes(code) ? name : `${name} [${code}]`
  const all = stack.split('\n').filter((line) => /^\s+at /.test(line))
  const own = all.filter((line) => !MACHINERY.test(line))
  const frames = own.length > 0 ? own : all
  return [
    ...bounded(`${named}: ${message}`.split('\n'), MESSAGE_LINES),
    ...bounded(
      frames.map((line) => `    ${line.trim()}`),
      most,
    ),
  ]
}

function bounded(lines: readonly string[], most: number): readonly string[] {
  // A line that says that one line is missing would be as long as the line.
  if (lines.length <= most + 1) return lines
  return [...lines.slice(0, most), `    … ${lines.length - most} more lines (--json shows all)`]
}
