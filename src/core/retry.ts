/** When a failed job runs again: how many attempts, and how long between them. Pure. */
import { type Duration, parseDuration } from './duration.js'
import { WorksongError } from './errors.js'
import { checkKeys, checkObject } from './options.js'
import { show } from './show.js'

/** Delays that grow; made by `exponential()`, `linear()` or `fixed()`. Milliseconds. Plain data, so that it can be stored with a job. */
export interface Backoff {
  readonly type: 'exponential' | 'linear' | 'fixed'
  readonly first: number
  readonly factor: number
  readonly max: number
  /** 0.2 spreads each delay evenly over ±20 %, so that jobs that failed together do not return together. */
  readonly jitter: number
}

export interface BackoffOptions {
  first?: Duration
  factor?: number
  max?: Duration
  jitter?: number
}

/** What a job's `retry` may be: a policy, explicit delays, or `false` for one attempt only. */
export type RetryOption =
  | false
  | { attempts?: number; backoff?: Backoff; delays?: never }
  | { delays: readonly Duration[]; attempts?: never; backoff?: never }

/** A retry option made complete: plain data. `attempts` counts the first one. */
export interface RetryPolicy {
  readonly attempts: number
  readonly backoff: Backoff
  readonly delays: readonly number[] | undefined
}

const DEFAULT_ATTEMPTS = 5
const MAX_ATTEMPTS = 10_000
const DAY_MS = 86_400_000

/** Each delay `factor` times the last: `first`, `first × factor`, …, at most `max`. Defaults: 1 s, × 2, 1 day, jitter 0.2. */
export function exponential(options: BackoffOptions = {}): Backoff {
  checkKeys(options, ['first', 'factor', 'max', 'jitter'], 'exponential options')
  return makeBackoff('exponential', { factor: 2, ...options })
}

/** Each delay `first` longer than the last, at most `max`. */
export function linear(options: Omit<BackoffOptions, 'factor'> = {}): Backoff {
  checkKeys(options, ['first', 'max', 'jitter'], 'linear options')
  return makeBackoff('linear', { ...options, factor: 1 })
}

/** The same delay each time. */
export function fixed(delay: Duration, options: { jitter?: number } = {}): Backoff {
  checkKeys(options, ['jitter'], 'fixed options')
  return makeBackoff('fixed', { first: delay, max: delay, factor: 1, jitter: options.jitter ?? 0 })
}

/**
 * Complete and check a `retry` option.
 * @throws WorksongError `WS_INVALID_OPTION`, `WS_INVALID_DURATION`
 */
export function parseRetry(option: RetryOption | undefined, field = 'retry'): RetryPolicy {
  if (option === undefined) return { attempts: DEFAULT_ATTEMPTS, backoff: exponential(), delays: undefined }
  if (option === false) return { attempts: 1, backoff: exponential(), delays: undefined }
  if (typeof option !== 'object' || option === null) throw badRetry(field, 'is neither false nor an object', option)
  checkObject(option, field)
  for (const key of Object.keys(option)) {
    if (key !== 'attempts' && key !== 'backoff' && key !== 'delays') throw badRetry(`${field}.${key}`, 'is not an option', key)
  }
  if (option.delays !== undefined) return explicit(option, field)
  const { attempts = DEFAULT_ATTEMPTS, backoff = exponential() } = option
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > MAX_ATTEMPTS) {
    throw badRetry(`${field}.attempts`, `is not a whole number from 1 to ${MAX_ATTEMPTS}`, attempts)
  }
  return { attempts, backoff: checkBackoff(backoff, `${field}.backoff`), delays: undefined }
}

/** By a list of delays. The types allow nothing beside it; what JavaScript gives beside it must not contradict it. */
function explicit(option: { delays: readonly Duration[]; attempts?: unknown; backoff?: unknown }, field: string): RetryPolicy {
  if (!Array.isArray(option.delays)) throw badRetry(`${field}.delays`, 'is not a list of durations', option.delays)
  if (option.backoff !== undefined) throw badRetry(`${field}.backoff`, 'is given beside delays, which say all', option.backoff)
  if (option.delays.length >= MAX_ATTEMPTS)
    throw badRetry(`${field}.delays`, `has more than ${MAX_ATTEMPTS - 1} entries`, option.delays.length)
  // Array.from, which passes over no hole.
  const delays = Array.from(option.delays, (delay: Duration, index) => parseDuration(delay, `${field}.delays[${index}]`))
  const attempts = delays.length + 1
  if (option.attempts !== undefined && option.attempts !== attempts) {
    throw badRetry(`${field}.attempts`, `is not one more than there are delays (${attempts})`, option.attempts)
  }
  return { attempts, backoff: exponential(), delays }
}

/** A policy as an option again, to be stored with a job: plain data that no caller has a hand on. */
export function retryOption({ attempts, backoff, delays }: RetryPolicy): RetryOption {
  return delays ? { delays } : { attempts, backoff }
}

/**
 * Milliseconds to wait after `used` attempts have failed (1 after the first).
 * @param random a number in [0, 1), given by the caller so that this stays pure
 */
export function retryDelay(policy: RetryPolicy, used: number, random: number): number {
  if (policy.delays) return policy.delays[Math.min(used, policy.delays.length) - 1] ?? 0
  const { type, first, factor, max, jitter } = policy.backoff
  // Far out the power is infinite, which a first of 0 would make no number of.
  const grown = type === 'exponential' ? (first === 0 ? 0 : first * factor ** (used - 1)) : type === 'linear' ? first * used : first
  const capped = Math.min(grown, max)
  return Math.round(capped * (1 + jitter * (2 * random - 1)))
}

/** The delays that a policy gives, without jitter: for `worksong backoff` and the docs. */
export function previewDelays(policy: RetryPolicy): number[] {
  return Array.from({ length: policy.attempts - 1 }, (_, index) => retryDelay(policy, index + 1, 0.5))
}

/** A backoff is plain data, which anybody may write by hand. */
function checkBackoff(backoff: Backoff, field: string): Backoff {
  const { type, first, factor, max, jitter } = (backoff ?? {}) as Backoff
  const known = type === 'exponential' || type === 'linear' || type === 'fixed'
  if (!known || [first, factor, max, jitter].some((part) => typeof part !== 'number')) {
    const fix = "Give what exponential({ first: '1s' }), linear({ first: '1s' }) or fixed('1s') makes."
    throw new WorksongError('WS_INVALID_OPTION', `${field} is not a backoff: ${describe(backoff)}`, { fix, field })
  }
  return makeBackoff(type, { first, factor, max, jitter })
}

function describe(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name}, not what it makes`
  if (typeof value !== 'object' || value === null) return show(value)
  return `an object of ${Object.keys(value).slice(0, 8).join(', ') || 'nothing'}`
}

function makeBackoff(type: Backoff['type'], options: BackoffOptions): Backoff {
  const first = parseDuration(options.first ?? 1000, 'backoff.first')
  const max = parseDuration(options.max ?? DAY_MS, 'backoff.max')
  const factor = options.factor ?? 2
  const jitter = options.jitter ?? 0.2
  if (!(factor >= 1 && factor <= 100)) throw badRetry('backoff.factor', 'is not a number from 1 to 100', factor)
  if (!(jitter >= 0 && jitter <= 1)) throw badRetry('backoff.jitter', 'is not a number from 0 to 1', jitter)
  if (max < first) throw badRetry('backoff.max', 'is shorter than backoff.first', max)
  return { type, first, factor, max, jitter }
}

function badRetry(field: string, problem: string, value: unknown): WorksongError {
  return new WorksongError('WS_INVALID_OPTION', `${field} ${problem}: ${show(value)}`, {
    fix: "Give retry: { attempts: 5, backoff: exponential({ first: '1s', max: '10m' }) }, { delays: ['1s', '10s'] }, or false.",
    field,
  })
}
