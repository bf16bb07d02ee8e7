// Queues in strict order or by weight, a limit for one of them, pausing; and a job's children keep its correlation id.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob, typed, Worksong } from 'worksong'

let atOnce = 0
let most = 0

const bill = defineJob({
  name: 'bill',
  queue: 'billing',
  input: typed<{ customer: string }>(),
  async run({ customer }) {
    most = Math.max(most, ++atOnce)
    await sleep(20)
    atOnce--
    await app.enqueue(notify, { customer })
  },
})

const notify = defineJob({ name: 'notify', input: typed<{ customer: string }>(), async run() {} })

const app = new Worksong({
  store: process.env.WORKSONG_STORE ?? 'sqlite::memory:',
  jobs: [bill, notify],
  queues: { billing: { concurrency: 2 } }, // the most of this queue's jobs that one worker runs at once
  logger: false,
})

// Strict: as long as there is something in 'billing', nothing of 'default' is claimed.
const strict = app.worker({ queues: ['billing', 'default'], concurrency: 10 })
// Weighted: of all claims, about three in four look into 'default' first.
const weighted = app.worker({ queues: { default: 3, billing: 1 }, concurrency: 10, name: 'weighted' })

await app.queues.pause('billing', { by: 'ann', reason: 'the ERP is down until 14:00' })
const bills = await Promise.all(['C-1', 'C-2', 'C-3', 'C-4', 'C-5', 'C-6'].map((customer) => app.enqueue(bill, { customer })))
await strict.start()
await app.queues.resume('billing')
await Promise.all(bills.map(({ id }) => app.jobs.wait(id, { timeout: '10s' })))
console.log(`at most ${most} bills at once`)

await strict.stop() // what runs may finish; then
await weighted.start() // this one goes on
const { jobs } = await app.jobs.list({ name: 'notify' })
for (const { id } of jobs) await app.jobs.wait(id, { timeout: '10s' })

assert.equal(most, 2)
assert.equal(jobs.length, 6)
const child = await app.jobs.get(jobs[0]?.id ?? '')
assert.ok(bills.some(({ id }) => id === child?.correlationId && id === child?.parentId))
await app.close()
