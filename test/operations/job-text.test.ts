/** How a job reads on a terminal: what became of each attempt, and as much of its last error as helps. */
import { describe, expect, it } from 'vitest'
import { errorText } from '#dist/operations/error-text.js'
import { jobText } from '#dist/operations/job-text.js'
import type { JobAttempt } from '#dist/operations/job-view.js'
import type { JobDetails } from '#dist/operations/jobs-show.js'

const T0 = Date.parse('2022-07-03T12:00:00Z')
const at = (seconds: number) => new Date(T0 + seconds * 1000)
const failure = { name: 'Error', message: 'no luck' }
const attempt = (one: Partial<JobAttempt>): JobAttempt => ({
  claim: 1,
  end: 'retrying',
  attempt: 1,
  at: at(0),
  worker: null,
  ranMs: 1,
  error: failure,
  ...one,
})
const job = (more: Partial<JobDetails>): JobDetails => ({
  id: 'ID',
  name: 'job',
  queue: 'default',
  priority: 0,
  state: 'queued',
  attempt: 1,
  maxAttempts: 5,
  createdAt: at(-60),
  runAt: null,
  endedAt: null,
  worker: null,
  input: null,
  result: undefined,
  errors: [],
  progress: null,
  attempts: [],
  tags: [],
  reference: {},
  description: undefined,
  correlationId: 'ID',
  parentId: undefined,
  blockedBy: null,
  cancelRequested: false,
  ...more,
})
const attemptsOf = (more: Partial<JobDetails>) => /attempts:\n([\s\S]*?)(?:\nlast error|$)/.exec(jobText(job(more)))?.[1]?.split('\n')

describe('attempts', () => {
  it.each<[Partial<JobDetails>, string]>([
    [{ state: 'scheduled', runAt: at(30) }, ', to be tried again at 2022-07-03 12:00:30Z'],
    [{ state: 'queued' }, ', to be tried again by the next free worker'],
    [{ state: 'running' }, ', being tried again'],
    [{ state: 'cancelled' }, ''],
  ])('that failed say how long they ran and what comes: %j', (more, sequel) => {
    expect(attemptsOf({ attempts: [attempt({})], ...more })).toEqual([`  2022-07-03 12:00:00Z  failed (ran 1 ms)${sequel}: Error: no luck`])
  })

  it('that failed say when they were tried again', () => {
    const second = attempt({ claim: 2, end: 'dead', attempt: 2, at: at(10), ranMs: 4000 })
    expect(attemptsOf({ state: 'dead', attempts: [attempt({}), second] })).toEqual([
      '  2022-07-03 12:00:00Z  failed (ran 1 ms), tried again at 2022-07-03 12:00:06Z: Error: no luck',
      '  2022-07-03 12:00:10Z  dead (ran 4000 ms): Error: no luck',
    ])
  })

  it.each<[Partial<JobAttempt>, string]>([
    [{ end: 'succeeded', error: undefined }, 'succeeded (ran 1 ms)'],
    [{ end: 'returned', error: undefined }, 'given back unfinished (ran 1 ms)'],
    [{ end: 'lost-waiting', ranMs: null, error: undefined }, 'its worker was lost before it began'],
    [{ end: 'lost-running', ranMs: null, error: undefined }, 'its worker was lost while it ran'],
    [
      { end: 'snoozed', error: { name: 'snooze', message: 'closed' } },
      'snoozed (ran 1 ms), to be run again by the next free worker: snooze: closed',
    ],
  ])('say how they ended: %j', (one, text) => {
    expect(attemptsOf({ attempts: [attempt(one)] })).toEqual([`  2022-07-03 12:00:00Z  ${text}`])
  })
})

describe('the last error', () => {
  const errors = [
    { ...failure, message: 'the first', attempt: 1, at: at(0) },
    { ...failure, attempt: 2, at: at(1) },
  ]

  it('is shown of a job that has not succeeded, the last one only', () => {
    expect(jobText(job({ state: 'dead', errors }))).toContain('\nlast error (2022-07-03 12:00:01Z):\n  Error: no luck')
    expect(jobText(job({ state: 'dead', errors }))).not.toContain('the first')
    expect(jobText(job({ state: 'succeeded', errors }))).not.toContain('last error')
  })

  it('has its code, its stack without the frames below every handler, and its causes', () => {
    const stack = [
      'Error: no luck',
      '    at run (/app/jobs.js:3:9)',
      '    at #handle (file:///app/node_modules/worksong/dist/worker/attempt.js:1:1)',
      '    at node:internal/process/task_queues:95:5',
    ].join('\n')
    const cause = { name: 'TypeError', message: 'deeper', cause: { name: 'Error', message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' } }
    expect(errorText({ ...failure, code: 'E1', stack, cause }).split('\n')).toEqual([
      'Error [E1]: no luck',
      '    at run (/app/jobs.js:3:9)',
      '  caused by: TypeError: deeper',
      '    caused by: Error: connect ECONNREFUSED',
    ])
  })

  it('is cut where it goes on for too long, and says so', () => {
    const stack = ['Error: x', ...Array.from({ length: 40 }, (_, n) => `    at f${n} (/app/jobs.js:${n}:1)`)].join('\n')
    const text = errorText({ name: 'Error', message: Array.from({ length: 40 }, (_, n) => `line ${n}`).join('\n'), stack }).split('\n')
    expect(text.length).toBe(22)
    expect([text[10], text[21]]).toEqual(Array(2).fill('    … 30 more lines (--json shows all)'))
  })
})

it('a running job says which worker has it, and how far it is', () => {
  const runsOn = { name: 'w1', host: 'box', pid: 42 }
  const text = jobText(job({ state: 'running', worker: 'W', runsOn, progress: { done: 1, total: 2 } }))
  expect(text).toContain('worker:   w1, pid 42 on box (W)\nprogress: 1 of 2\n')
})
