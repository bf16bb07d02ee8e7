/** Names of jobs, queues and workers, and the lanes that queues are kept in. */
import { WorksongError } from './errors.js'
import { show } from './show.js'

const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.:-]*$/u
const MAX_NAME = 128

/**
 * Check a job, queue or worker name: letters, digits and `_ . : -`, at most 128 characters, starting with a letter, digit or `_`.
 * No slash: it separates the parts of a lane, and would break routes.
 * @throws WorksongError `WS_INVALID_NAME`
 */
export function checkName(name: unknown, field: string): string {
  if (typeof name === 'string' && name.length <= MAX_NAME && NAME.test(name)) return name
  throw new WorksongError('WS_INVALID_NAME', `${field} is not a valid name: ${show(name)}`, {
    fix: `Use letters, digits and _ . : - only, at most ${MAX_NAME} characters, beginning with a letter or digit.`,
    field,
  })
}

/**
 * A queue is kept in lanes, which a claim names. The lane of a queue's own name is for everyone; `queue/@kind` holds jobs that some worker
 * met without knowing their kind, for those who do; `queue/!` holds suspects: jobs that ran at two deaths of a process, to be claimed
 * and run alone.
 */
export function kindLane(queue: string, kind: string): string {
  return `${queue}/@${kind}`
}

export function suspectLane(queue: string): string {
  return `${queue}/!`
}

export function laneQueue(lane: string): string {
  const slash = lane.indexOf('/')
  return slash === -1 ? lane : lane.slice(0, slash)
}

export function isSuspectLane(lane: string): boolean {
  return lane.endsWith('/!')
}

/** In a wake-up hint, in place of a queue: a job was scheduled, which may be due sooner than any that the promoters know of. */
export const DUE_HINT = '/due'
