/** A retry policy as text: 'exponential first=1s max=10m', 'linear first=5s', 'fixed 30s', 'delays=1s,10s,1m'. */
import { type BackoffOptions, exponential, fixed, linear, parseRetry, type RetryPolicy, WorksongError } from '../core/index.js'

const HOW = "Write 'exponential first=1s factor=2 max=10m jitter=0.2', 'linear first=1s max=10m', 'fixed 30s', or 'delays=1s,10s,1m'."
const KINDS = ['exponential', 'linear', 'fixed'] as const
const KEYS = { exponential: ['first', 'factor', 'max', 'jitter'], linear: ['first', 'max', 'jitter'], fixed: ['first', 'jitter'] }
const DEFAULT_ATTEMPTS = 8

/** Whether the text is meant as a policy, and not as a job's name. */
export function isPolicy(text: string): boolean {
  return /[\s=]|^\d+(ms|[wdhms])?$/.test(text.trim()) || KINDS.some((kind) => kind === text.trim())
}

/** @throws WorksongError `WS_INVALID_OPTION`, `WS_INVALID_DURATION` */
export function parsePolicy(text: string, attempts: number | undefined): RetryPolicy {
  const [head = '', ...rest] = text.trim().split(/\s+/)
  const list = /^delays?=(.*)$/.exec(head)?.[1]
  if (list !== undefined) {
    if (rest.length > 0) throw wrong(`'${rest[0]}' behind delays, which say all`)
    const { delays, backoff } = parseRetry({ delays: list.split(',').map(wait) }, 'policy')
    return { attempts: attempts ?? (delays?.length ?? 0) + 1, backoff, delays }
  }
  const kind = KINDS.find((one) => one === head)
  if (!kind) throw wrong(`it begins with '${head.slice(0, 40)}'`)
  const options = optionsOf(kind, rest)
  const backoff = kind === 'exponential' ? exponential(options) : kind === 'linear' ? linear(options) : fixedOf(options)
  return parseRetry({ attempts: attempts ?? DEFAULT_ATTEMPTS, backoff }, 'policy')
}

function fixedOf({ first = '1s', jitter }: BackoffOptions) {
  return fixed(first, jitter === undefined ? {} : { jitter })
}

function optionsOf(kind: (typeof KINDS)[number], words: readonly string[]): BackoffOptions {
  const options: Record<string, string | number> = {}
  for (const [at, word] of words.entries()) {
    const pair = /^(\w+)=(.+)$/.exec(word)
    const [key, value] = pair ? [pair[1] as string, pair[2] as string] : kind === 'fixed' && at === 0 ? ['first', word] : [word, undefined]
    if (value === undefined || !KEYS[kind].includes(key)) throw wrong(`${kind} has no '${word.slice(0, 40)}'`)
    if (key in options) throw wrong(`'${key}' is there twice`)
    options[key] = key === 'factor' || key === 'jitter' ? Number(value) : wait(value)
  }
  return options
}

/** Digits alone are milliseconds. */
function wait(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text
}

function wrong(why: string): WorksongError {
  return new WorksongError('WS_INVALID_OPTION', `The policy was not understood: ${why}`, { fix: HOW, field: 'policy' })
}
