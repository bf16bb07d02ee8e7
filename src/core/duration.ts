/** Durations: a number of milliseconds, or a string such as '30s', '5m', '1h30m', '7d'. Strict: what is not understood is refused. */
import { WorksongError } from './errors.js'
import { show } from './show.js'

/** Milliseconds as a number, or units from large to small: `w d h m s ms` (`'1h30m'`, `'250ms'`, `'1.5s'`). */
export type Duration = number | string

const UNITS: Record<string, number> = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 }
const ORDER = ['w', 'd', 'h', 'm', 's', 'ms']
const PART = /(\d+(?:\.\d+)?)(ms|w|d|h|m|s)/y
/** The longest duration accepted: about 285 years, so that sums stay exact integers. */
const MAX_MS = 9_000_000_000_000
/** The longest that timers can wait, some 24.8 days; past it they fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * Parse a duration into whole milliseconds.
 * @param field what the caller was setting, named in the error
 * @throws WorksongError `WS_INVALID_DURATION`
 */
export function parseDuration(value: Duration, field: string): number {
  const ms = typeof value === 'number' ? value : typeof value === 'string' ? parseText(value) : Number.NaN
  if (!Number.isFinite(ms) || ms < 0 || ms > MAX_MS) throw invalid(value, field)
  return Math.round(ms)
}

/** Like `parseDuration`, but absent stays absent. */
export function optionalDuration(value: Duration | undefined, field: string): number | undefined {
  return value === undefined ? undefined : parseDuration(value, field)
}

/** What may be given to a timer: no longer than a timer can wait. */
export function timerMs(ms: number): number {
  return Math.min(ms, MAX_TIMER_MS)
}

/** Milliseconds in words for people: `950ms`, `1.5s`, `3m`, `2h5m`, `7d`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`
  if (ms < 59_950) return `${Number((ms / 1000).toFixed(1))}s`
  const parts: string[] = []
  let rest = Math.round(ms / 1000) * 1000
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = UNITS[unit] as number
    const count = Math.floor(rest / size)
    if (count > 0) parts.push(`${count}${unit}`)
    rest -= count * size
  }
  return parts.slice(0, 2).join('')
}

function parseText(text: string): number {
  let total = 0
  let lastUnit = -1
  PART.lastIndex = 0
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text)
    if (!match) return Number.NaN
    const unit = ORDER.indexOf(match[2] as string)
    if (unit <= lastUnit) return Number.NaN
    lastUnit = unit
    total += Number(match[1]) * (UNITS[match[2] as string] as number)
  }
  return lastUnit === -1 ? Number.NaN : total
}

function invalid(value: unknown, field: string): WorksongError {
  return new WorksongError('WS_INVALID_DURATION', `${field} is not a duration: ${show(value)}`, {
    fix: "Give it as milliseconds (30000) or as text such as '30s', '5m', '1h30m', '7d'.",
    field,
  })
}
