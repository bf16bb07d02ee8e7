/** From what a handler did to the end of its claim: attempts used, delays, and what is kept. */
import { describe, expect, it } from 'vitest'
import { cancel, discard, fixed, parseRetry, retryAfter, snooze, WorksongError } from '#dist/core/index.js'
import {
  type AttemptFacts,
  type Decision,
  decideAborted,
  decideCancelled,
  decideInterrupted,
  decideReturn,
  decideThrow,
} from '#dist/worker/outcomes.js'
import { thrownBy } from '../support/stores.js'

const policy = parseRetry({ attempts: 3, backoff: fixed('7s') })
const first: AttemptFacts = { used: 0, maxAttempts: 3, policy, maxResultBytes: 1000 }
const last: AttemptFacts = { ...first, used: 2 }
const boom = new Error('boom')
const stopping = new WorksongError('WS_STOPPING', 'stop')
const timeout = new WorksongError('WS_TIMEOUT', 'too long')
const cancelled = new WorksongError('WS_JOB_CANCELLED', 'by hand')
const leaseLost = new WorksongError('WS_LEASE_LOST', 'silent')

const says = (name: string, message: string) => JSON.stringify({ name, message })

const TABLE: readonly [string, () => Decision, object][] = [
  ['a result succeeds', () => decideReturn({ n: 1 }, first), { end: 'succeeded', used: 1, body: '{"n":1}' }],
  ['nothing succeeds with nothing', () => decideReturn(undefined, first), { end: 'succeeded', used: 1, body: null }],
  ['null is a result', () => decideReturn(null, last), { end: 'succeeded', used: 3, body: 'null' }],
  ['cancel', () => decideReturn(cancel('not wanted'), first), { end: 'cancelled', used: 1, body: says('Cancelled', 'not wanted') }],
  [
    'cancel without a reason',
    () => decideReturn(cancel(), first),
    { end: 'cancelled', body: says('Cancelled', 'cancelled by its handler') },
  ],
  [
    'discard is dead at once',
    () => decideReturn(discard('no such invoice'), first),
    { end: 'dead', used: 1, body: says('Discarded', 'no such invoice') },
  ],
  [
    'snooze uses no attempt',
    () => decideReturn(snooze('1h', 'closed'), last),
    { end: 'snoozed', used: 2, delayMs: 3_600_000, body: says('Snoozed', 'closed') },
  ],
  [
    'retryAfter uses one',
    () => decideReturn(retryAfter('5m', 'busy'), first),
    { end: 'retrying', used: 1, delayMs: 300_000, body: says('RetryAfter', 'busy') },
  ],
  [
    'retryAfter at the last attempt is dead',
    () => decideReturn(retryAfter(0), last),
    { end: 'dead', used: 3, body: says('RetryAfter', 'asked to be tried again') },
  ],
  ['a throw is retried by the policy', () => decideThrow(boom, first), { end: 'retrying', used: 1, delayMs: 7000 }],
  ['a throw at the last attempt is dead', () => decideThrow(boom, last), { end: 'dead', used: 3 }],
  [
    'an error may ask for its own delay',
    () => decideThrow(Object.assign(new Error('busy'), { retryAfter: '2m' }), first),
    { end: 'retrying', delayMs: 120_000 },
  ],
  ['and for none', () => decideThrow({ retryAfter: 0 }, first), { end: 'retrying', delayMs: 0 }],
  ['what it asks in vain is not heard', () => decideThrow({ retryAfter: 'soon' }, first), { end: 'retrying', delayMs: 7000 }],
  ['nothing thrown is a failure too', () => decideThrow(undefined, last), { end: 'dead', used: 3 }],
  [
    'an app that its module starts in a thread is not tried again',
    () => decideThrow(new WorksongError('WS_IN_THREAD', 'no'), first),
    { end: 'dead', used: 1 },
  ],
  ['a cancel from outside', () => decideCancelled('by hand', first), { end: 'cancelled', used: 1, body: says('Cancelled', 'by hand') }],
  ['a cancel without a reason', () => decideCancelled(null, first), { body: says('Cancelled', 'cancelled') }],
  ['an interruption uses no attempt', () => decideInterrupted(last), { end: 'returned', used: 2 }],
  [
    'a throw after a cancel is the cancel',
    () => decideAborted(boom, cancelled, last),
    { end: 'cancelled', used: 3, body: says('Cancelled', 'by hand') },
  ],
  ['a throw after a stop is an interruption', () => decideAborted(boom, stopping, last), { end: 'returned', used: 2 }],
  ['a throw after a lost lease is a throw', () => decideAborted(boom, leaseLost, first), { end: 'retrying', used: 1 }],
]

describe('outcomes', () => {
  it.each(TABLE)('%s', (_what, decide, expected) => {
    expect(decide()).toMatchObject(expected)
  })

  it('a throw is kept with its stack and causes', () => {
    const { body } = decideThrow(new TypeError('outer', { cause: boom }), first)
    expect(JSON.parse(body ?? '')).toMatchObject({
      name: 'TypeError',
      message: 'outer',
      stack: expect.stringContaining('outcomes.test'),
      cause: { message: 'boom' },
    })
  })

  it('an error that was given as the reason of a discard or a retry is kept whole', () => {
    for (const decision of [decideReturn(discard(boom), first), decideReturn(retryAfter(5, boom), first)]) {
      expect(JSON.parse(decision.body ?? '')).toMatchObject({ name: 'Error', message: 'boom', stack: expect.stringContaining('test') })
    }
    expect(decideReturn(cancel(boom), first).body).toBe(says('Cancelled', 'boom'))
  })

  it('an outcome that this version does not know throws, and so fails its attempt', () => {
    const unknown = { [Symbol.for('worksong.outcome')]: 'await', reason: 'of a newer version' }
    expect(thrownBy(() => decideReturn(unknown, first))).toMatchObject({ code: 'WS_UNKNOWN_OUTCOME' })
  })

  it('after a timeout it is the timeout that is kept, not what the handler threw because of it', () => {
    expect(JSON.parse(decideAborted(new Error('aborted'), timeout, last).body ?? '')).toMatchObject({
      code: 'WS_TIMEOUT',
      message: 'too long',
    })
  })

  it('ends that end carry no delay', () => {
    for (const decision of [decideReturn(1, first), decideThrow(boom, last), decideCancelled(null, first), decideInterrupted(first)]) {
      expect(decision.delayMs).toBeUndefined()
    }
  })

  it('a result that cannot be stored throws, and so fails its attempt', () => {
    expect(thrownBy(() => decideReturn({ big: 1n }, first))).toMatchObject({ code: 'WS_UNSTORABLE', field: 'result.big' })
    expect(thrownBy(() => decideReturn('x'.repeat(1000), first))).toMatchObject({ code: 'WS_TOO_LARGE', field: 'result' })
  })

  it('explicit delays are taken one after another', () => {
    const facts = { ...first, maxAttempts: 4, policy: parseRetry({ delays: ['1s', '10s', '1m'] }) }
    expect([0, 1, 2, 3].map((used) => decideThrow(boom, { ...facts, used }).delayMs)).toEqual([1000, 10_000, 60_000, undefined])
  })
})
