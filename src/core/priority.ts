/** Priorities: names for three common ones, or any small integer. Lower runs first, within a queue. */
import { WorksongError } from './errors.js'
import { show } from './show.js'

export type Priority = 'high' | 'normal' | 'low' | number

const NAMED: Record<string, number> = { high: -10, normal: 0, low: 10 }
const LIMIT = 32_767

/** @throws WorksongError `WS_INVALID_OPTION` */
export function parsePriority(value: Priority | undefined, field = 'priority'): number {
  if (value === undefined) return 0
  const number = typeof value === 'string' && Object.hasOwn(NAMED, value) ? NAMED[value] : value
  if (typeof number === 'number' && Number.isInteger(number) && Math.abs(number) <= LIMIT) return number
  throw new WorksongError('WS_INVALID_OPTION', `${field} is not a priority: ${show(value)}`, {
    fix: `Use 'high' (-10), 'normal' (0), 'low' (10), or an integer from -${LIMIT} to ${LIMIT}; lower runs first.`,
    field,
  })
}
