/** What was named and left as it is: said in a sentence, by every verb in one form, beforehand too; and what is already so is no failure. */
import { describe, expect, it } from 'vitest'
import type { Worksong } from '#dist/app/index.js'
import { defineJob } from '#dist/client/index.js'
import { newId, typed } from '#dist/core/index.js'
import { type Depth, deadDelete, deadRedrive, jobsCancel, jobsDelete, jobsRetry, type Operation, planText } from '#dist/operations/index.js'
import { endOf, newWorker, TestWorker } from '#dist/testing/conformance/index.js'
import { makers } from '../support/stores.js'
import { newApp } from '../worker/parts.js'

const job = defineJob({ name: 'k', queue: 'q', retry: false, input: typed<number>() })
const QUEUED = 'is queued already'
const missing = newId()

type State = 'queued' | 'running' | 'dead' | 'cancelled' | 'missing'

const rules: [string, Operation, State, string, string, boolean][] = [
  // verb, state, what it answers, what it says, what it would say, whether that is a failure
  ['retry', jobsRetry, 'queued', 'live', QUEUED, false],
  ['retry', jobsRetry, 'running', 'live', 'is running, so it was left', true],
  ['retry', jobsRetry, 'dead', 'queued', 'queued', false],
  ['retry', jobsRetry, 'missing', 'missing', 'missing', true],
  ['cancel', jobsCancel, 'queued', 'cancelled', 'cancelled', false],
  ['cancel', jobsCancel, 'running', 'requested', 'requested', false],
  ['cancel', jobsCancel, 'dead', 'ended', 'is dead, so it was left', true],
  ['cancel', jobsCancel, 'cancelled', 'ended', 'is cancelled already', false],
  ['cancel', jobsCancel, 'missing', 'missing', 'missing', true],
  ['delete', jobsDelete, 'running', 'running', 'is running, so it was left', true],
  ['delete', jobsDelete, 'dead', 'deleted', 'deleted', false],
  ['delete', jobsDelete, 'missing', 'missing', 'missing', true],
  ['dead delete', deadDelete, 'running', 'running', 'not dead (it is running), so it was left', true],
  ['dead delete', deadDelete, 'queued', 'changed', 'not dead (it is queued), so it was left', true],
  ['dead delete', deadDelete, 'dead', 'deleted', 'deleted', false],
  ['dead redrive', deadRedrive, 'running', 'changed', 'not dead (it is running), so it was left', true],
  ['dead redrive', deadRedrive, 'dead', 'queued', 'queued', false],
  ['dead redrive', deadRedrive, 'missing', 'missing', 'missing', true],
]

/** One job in each state, by state. */
async function stored(maker: (typeof makers)[number]) {
  const { app, engine } = await newApp(maker, [job])
  await app.enqueueMany(job, [1, 2])
  const worker = new TestWorker(engine, newWorker())
  await engine.registerWorker(worker.info)
  const [dead, running] = await worker.take(2)
  await worker.finish([endOf(dead as NonNullable<typeof dead>, 'dead')])
  const { id: queued } = await app.enqueue(job, 3)
  const { id: cancelled } = await app.enqueue(job, 4)
  await app.jobs.cancel(cancelled)
  return { app, ids: { queued, cancelled, missing, dead: dead?.id ?? '', running: running?.id ?? '' } }
}

describe.each(makers)('$name', (maker) => {
  it('each verb on a job in each state', async () => {
    for (const [name, operation, state, result, words, failed] of rules) {
      const { app, ids } = await stored(maker)
      const id = ids[state]
      const plan = await planned(app, operation, { ids: [id] }, 'states')
      expect(plan.jobs, `${name} ${state}`).toMatchObject([{ id, result }])
      const would = words
        .replace('was left', 'would be left')
        .replace(/^(queued|deleted|cancelled)$/, 'would be $1')
        .replace('requested', 'would be asked to stop')
      expect(planText(plan).split('\n').at(-1), `${name} ${state}`).toBe(`${id}  ${would}`)
      expect(operation.failed?.(plan.jobs), `${name} ${state}`).toBe(failed)
      const outcome = await app.operate(operation, { ids: [id] })
      expect(outcome, `${name} ${state}`).toMatchObject([{ id, result }])
      expect(operation.show(outcome).split('\n').at(-1), `${name} ${state}`).toBe(`${id}  ${words}`)
      expect(operation.failed?.(outcome), `${name} ${state}`).toBe(failed)
      await app.close()
    }
  })

  it('a plan of ids counts those that would be acted on, each once, and touches none', async () => {
    const { app, ids } = await stored(maker)
    const plan = await planned(app, jobsRetry, { ids: [ids.dead, ids.dead, ids.running, missing] }, 'count')
    expect(plan).toMatchObject({ words: 'Retry 1 of 3 jobs', count: 1 })
    expect(await planned(app, jobsRetry, { ids: [ids.dead] }, 'count')).toMatchObject({ words: 'Retry 1 job', count: 1 })
    expect(await app.jobs.get(ids.dead)).toMatchObject({ state: 'dead' })
  })
})

async function planned(app: Worksong, operation: Operation, input: Record<string, unknown>, depth: Depth) {
  const { name, words, right, fields, examples, plan } = operation
  const run: Operation['run'] = (tools, parsed) => (plan as NonNullable<typeof plan>)(tools, parsed, depth)
  return app.operate({ name, words, right, fields, examples, run, show: String }, input)
}

it('of thousands, what is already so is no failure; and what was done is told, even if the look at what was left fails', async () => {
  const { app, faults } = await newApp(makers[0] as (typeof makers)[number], [job])
  const ids = Array.from({ length: 1500 }, () => newId())
  await app.enqueueMany(
    job,
    ids.map((_, at) => at),
    { id: (_, at) => ids[at] as string },
  )
  const retried = await app.operate(jobsRetry, { ids })
  expect([jobsRetry.failed?.(retried), jobsRetry.show(retried)]).toEqual([false, expect.not.stringContaining('left')])
  faults.failBefore('getJob', 100)
  expect(await app.operate(deadDelete, { ids: ids.slice(0, 2) })).toEqual(ids.slice(0, 2).map((id) => ({ id, result: 'changed' })))
})
