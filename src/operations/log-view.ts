/** A job's own log lines as users see them: times as Dates, the fields apart from the text. */
import type { LogLine } from '../engine/index.js'

/** One line that a handler wrote with `ctx.log`. */
export interface JobLogLine {
  /** Its number among the job's lines, from 1: give that of the last line seen as `after` to go on behind it. */
  readonly n: number
  /** By the clock of the worker's machine. */
  readonly at: Date
  readonly level: string
  readonly line: string
  /** What was given beside the text; absent when there was nothing, or when it was too long to be kept whole. */
  readonly fields?: Readonly<Record<string, unknown>>
  /** Which claim of the job wrote it, as in `attempts` of `jobs.get`: 1 for the first time that a worker took the job, higher with each. */
  readonly claim: number
}

export function jobLogLine({ seq, claim, at, level, line }: LogLine): JobLogLine {
  return { n: seq, at: new Date(at), level, ...split(line), claim }
}

/** As people read them: number, moment, level, text; what goes over several lines stands under its first one. */
export function logText(lines: readonly JobLogLine[]): string {
  const width = Math.max(0, ...lines.map(({ n }) => String(n).length))
  return lines
    .map(({ n, at, level, line, fields }) => {
      const head = `${String(n).padStart(width)}  ${at.toISOString().replace('T', ' ')}  ${level.padEnd(5)}  `
      const text = fields === undefined ? line : `${line} ${JSON.stringify(fields)}`
      return head + text.replaceAll('\n', `\n${' '.repeat(head.length)}`)
    })
    .join('\n')
}

/**
 * The store keeps a line with its fields as one text: the message, a space, JSON. The first object that reaches to the end and would be
 * written just so are the fields, so that message and fields together always say what is stored.
 */
function split(text: string): { line: string; fields?: Record<string, unknown> } {
  if (!text.endsWith('}')) return { line: text }
  for (let at = text.indexOf(' {'); at !== -1; at = text.indexOf(' {', at + 1)) {
    const json = text.slice(at + 1)
    const fields = parsed(json)
    if (fields !== undefined && JSON.stringify(fields) === json) return { line: text.slice(0, at), fields }
  }
  return { line: text }
}

function parsed(json: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(json) as Record<string, unknown>
  } catch {
    return undefined
  }
}
