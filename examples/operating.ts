// Operating from code: look at dead jobs, let some of them run again, purge a queue after counting, ask the doctor.
import assert from 'node:assert/strict'
import { defineJob, typed, Worksong } from 'worksong'

let erpIsDown = true

const callback = defineJob({
  name: 'invoice.callback',
  queue: 'billing',
  input: typed<{ invoice: string; customer: string | null }>(),
  retry: false,
  async run({ customer }) {
    if (customer === null) throw new Error('no such customer')
    if (erpIsDown) throw new Error('connect ECONNREFUSED')
  },
})

const app = new Worksong({ store: process.env.WORKSONG_STORE ?? 'sqlite::memory:', jobs: [callback], logger: false })
await app.worker().start()

const invoices = Array.from({ length: 30 }, (_, i) => ({ invoice: `R-${i}`, customer: i % 3 === 0 ? null : `C-${i}` }))
const ids: string[] = []
await app.enqueueMany(callback, invoices, {
  onOutcome: (outcome) => {
    if (outcome.status === 'enqueued') ids.push(outcome.id)
  },
})
await ended(ids)

// What died, and of what? A page at a time, without inputs.
const { jobs } = await app.dead.list({ queue: 'billing', limit: 100 })
const causes: Record<string, number> = {}
for (const { error } of jobs) causes[error?.message ?? '?'] = (causes[error?.message ?? '?'] ?? 0) + 1
console.log(causes) // { 'connect ECONNREFUSED': 20, 'no such customer': 10 }

// The ERP is back: again what died of that, and nothing else.
erpIsDown = false
const redriven = await app.dead.redrive({ queue: 'billing', error: 'ECONNREFUSED', since: '1h' })
console.log(redriven) // { jobs: 20, results: { queued: 20 }, interrupted: false }
await ended(ids)

// Nobody is asked before a purge from code. So count first.
const dead = (await app.queues.list()).find((queue) => queue.name === 'billing')?.dead ?? 0
if (dead > 1000) throw new Error(`${dead} dead jobs: somebody should look at them`)
const purged = await app.queues.purge('billing', { state: 'dead' })
console.log(purged) // { jobs: 10, results: { deleted: 10 }, interrupted: false }

// Can the store be worked with? In a health check, say.
const { ok, checks } = await app.doctor()
for (const check of checks) if (check.status !== 'ok') console.log(check.name, check.status, check.text, check.fix ?? '')

assert.equal(redriven.jobs, 20)
assert.equal(dead, 10)
assert.equal(purged.jobs, 10)
assert.equal(ok, true)
await app.close()

/** Wait until all of these jobs have ended, whatever became of them. */
async function ended(jobs: readonly string[]): Promise<void> {
  await Promise.allSettled(jobs.map((id) => app.jobs.wait(id)))
}
