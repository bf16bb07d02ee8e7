/** What both engines' looks at their stores have in common: the names of the checks, and their words. */
import { isWorksongError, WorksongError } from '../core/index.js'
import type { Check, SchemaStatus } from './records.js'

/** Above it, times of this machine and the store's are easily mistaken for each other. */
const MAX_SKEW_MS = 5000

/** What was found, whoever looked. */
export type Found = Omit<Check, 'name'>

/** What both engines look at first. */
export const CHECKS = ['reach', 'version', 'schema', 'rights', 'clock', 'disk'] as const

const MIGRATE = "Run 'worksong migrate'"

/** Run one look. What it throws makes it `unknown`: the other checks go on. */
export async function checked(name: string, look: () => Found | Promise<Found>): Promise<Check> {
  try {
    const { text, ...rest } = await look()
    return { name, ...rest, text: oneLine(text) }
  } catch (error) {
    return { name, status: 'unknown', text: `It could not be looked at: ${wordsOf(error)}` }
  }
}

/** The store cannot be reached: the first check fails with the cause, the others could not look. */
export function unreachable(names: readonly string[], error: unknown): Check[] {
  const fix = (isWorksongError(error) && error.fix) || 'Look at the store URL, and whether the store is up.'
  return names.map((name, index): Check => {
    if (index === 0) return { name, status: 'failed', text: wordsOf(error), fix }
    return { name, status: 'unknown', text: 'The store cannot be reached' }
  })
}

/** A schema that this code cannot work with must not be touched. @throws WorksongError `WS_SCHEMA_NEW` */
export function refuseNewer({ current, wanted, oldestReader }: SchemaStatus): void {
  if (oldestReader <= wanted) return
  const text = `The schema is at version ${current} and needs code of version ${oldestReader} or later; this is ${wanted}`
  throw new WorksongError('WS_SCHEMA_NEW', text, { fix: 'Upgrade the worksong package here: npm install worksong@latest.' })
}

/** What the app would say of the schema when it starts. `missing`: tables that are not there. */
export function ofSchema({ current, wanted, oldestReader, pending }: SchemaStatus, missing: readonly string[]): Found {
  if (current === 0) return { status: 'failed', text: 'There are no Worksong tables yet', fix: MIGRATE }
  if (oldestReader > wanted) {
    const text = `The schema is at version ${current} and needs code of version ${oldestReader} or later; this code knows version ${wanted}`
    return { status: 'failed', text, fix: 'Use a newer version of worksong' }
  }
  if (pending.length > 0) {
    return { status: 'failed', text: `The schema is at version ${current}, and this code needs version ${wanted}`, fix: MIGRATE }
  }
  if (current > wanted) return { status: 'ok', text: `Version ${current}: newer than this code (${wanted}), which can work with it` }
  if (missing.length > 0) {
    const text = `The schema is at version ${current}, but lacks ${missing.length === 1 ? 'the table' : 'the tables'} ${missing.join(', ')}`
    return { status: 'failed', text, fix: 'Give back what was renamed or dropped, or restore a backup' }
  }
  return { status: 'ok', text: `Version ${current}, as this code needs it` }
}

/** `skewMs`: how far the store's clock is ahead of this machine's; `doubtMs`: half the round trip. */
export function ofClock(skewMs: number, doubtMs: number): Found {
  const apart = Math.round(Math.abs(skewMs))
  const side = skewMs < 0 ? 'behind' : 'ahead of'
  const text = `The store's clock is ${apart} ms ${side} this machine's (give or take ${Math.ceil(doubtMs)} ms)`
  if (apart - doubtMs <= MAX_SKEW_MS) return { status: 'ok', text }
  return { status: 'warn', text, fix: 'Let both machines set their clocks by NTP; jobs are due by the clock of the store' }
}

/** A number of bytes for people. */
export function sizeOf(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`
}

/** What happened; the fix, which a check says by itself, is left out. */
export function wordsOf(error: unknown): string {
  const text = oneLine(error instanceof Error ? error.message : String(error))
  const at = isWorksongError(error) && error.fix ? text.lastIndexOf(oneLine(error.fix)) : -1
  return at > 0 ? text.slice(0, at).replace(/[.\s]+$/, '') : text
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ')
}
