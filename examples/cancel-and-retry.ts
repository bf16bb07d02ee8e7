// Looking and acting: list, cancel (also what runs, from any process), retry.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob, typed, Worksong } from 'worksong'

let erpIsDown = true

const sync = defineJob({
  name: 'erp.sync',
  input: typed<{ order: string }>(),
  retry: false,
  async run({ order }, ctx) {
    if (order === 'endless') await sleep(60_000, undefined, { signal: ctx.signal })
    if (erpIsDown) throw new Error('the ERP is down')
    return { order }
  },
})

const app = new Worksong({ store: process.env.WORKSONG_STORE ?? 'sqlite::memory:', jobs: [sync], logger: false })
const worker = app.worker()
await worker.start()

const waiting = await app.enqueue(sync, { order: '17' }, { delay: '1h' })
console.log(await app.jobs.cancel(waiting.id, { reason: 'the order was withdrawn' })) // cancelled

const running = await app.enqueue(sync, { order: 'endless' })
while (worker.load.running === 0) await sleep(5)
console.log(await app.jobs.cancel(running.id, { reason: 'enough' })) // requested: its signal is aborted
await app.jobs.wait(running.id).catch(() => undefined)

const dead = await app.enqueue(sync, { order: '18' })
await app.jobs.wait(dead.id).catch(() => undefined)
const { jobs } = await app.jobs.list({ state: 'dead', name: 'erp.sync', limit: 100 })

erpIsDown = false
for (const job of jobs) console.log(await app.jobs.retry(job.id)) // queued: again, with all its attempts
console.log(await app.jobs.wait(dead.id))

assert.deepEqual(
  jobs.map((job) => job.id),
  [dead.id],
)
assert.equal((await app.jobs.get(waiting.id))?.state, 'cancelled')
assert.equal((await app.jobs.get(running.id))?.state, 'cancelled')
assert.equal((await app.jobs.get(dead.id))?.state, 'succeeded')
await app.close()
