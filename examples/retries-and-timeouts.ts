// Retries with backoff, explicit delays, none at all; and a timeout that the handler hears of.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob, exponential, isWorksongError, Worksong } from 'worksong'

const flaky = defineJob({
  name: 'flaky',
  retry: { attempts: 4, backoff: exponential({ first: '50ms', factor: 2, max: '10m', jitter: 0.2 }) },
  async run(_input, ctx) {
    if (ctx.job.attempt < 3) throw new Error('connection reset')
    return 'done'
  },
})

const stepwise = defineJob({
  name: 'stepwise',
  retry: { delays: ['20ms', '50ms'] }, // three attempts in all
  async run() {
    throw new Error('still down')
  },
  onDead(job, failure) {
    console.log(`${job.name} is dead after ${job.attempt} attempts: ${failure.message}`)
  },
})

const once = defineJob({
  name: 'once',
  retry: false,
  timeout: '100ms',
  async run(_input, ctx) {
    // Hand the signal to whatever takes one: fetch, a database driver, a timer.
    await sleep(60_000, undefined, { signal: ctx.signal })
  },
})

const app = new Worksong({
  store: process.env.WORKSONG_STORE ?? 'sqlite::memory:',
  jobs: [flaky, stepwise, once],
  logger: false,
})
await app.worker().start()

const [a, b, c] = [await app.enqueue(flaky), await app.enqueue(stepwise), await app.enqueue(once)]
console.log('flaky:', await app.jobs.wait(a.id))
for (const { id } of [b, c]) {
  await app.jobs.wait(id).catch((error: unknown) => {
    assert.ok(isWorksongError(error, 'WS_JOB_DEAD'))
    console.log(error.message)
  })
}

const errorsOf = async (id: string) => (await app.jobs.get(id))?.errors.map((error) => error.code ?? error.message)
assert.deepEqual(await errorsOf(a.id), ['connection reset', 'connection reset'])
assert.deepEqual(await errorsOf(b.id), ['still down', 'still down', 'still down'])
assert.deepEqual(await errorsOf(c.id), ['WS_TIMEOUT'])
await app.close()
