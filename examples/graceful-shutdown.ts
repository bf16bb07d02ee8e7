// A deploy: on SIGTERM the worker claims nothing more, lets running jobs finish, and gives back what does not make it in time.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob, typed, Worksong } from 'worksong'

const work = defineJob({
  name: 'work',
  input: typed<{ ms: number }>(),
  async run({ ms }, ctx) {
    await sleep(ms, undefined, { signal: ctx.signal })
    return `worked for ${ms} ms`
  },
})

const app = new Worksong({ store: process.env.WORKSONG_STORE ?? 'sqlite::memory:', jobs: [work], logger: false })
const worker = app.worker()
await worker.start()

const stopped = new Promise<void>((resolve) => {
  let asked = false
  process.on('SIGTERM', () => {
    // The second signal: at once.
    void worker.stop({ grace: asked ? 0 : '500ms' }).then(resolve)
    asked = true
  })
})

const short = await app.enqueue(work, { ms: 200 })
const long = await app.enqueue(work, { ms: 60_000 })
while (worker.load.running < 2) await sleep(5)
process.kill(process.pid, 'SIGTERM')
await stopped

for (const { id } of [short, long]) {
  const job = await app.jobs.get(id)
  console.log(`${job?.state}, attempts used: ${job?.attempt}, ${job?.attempts.map((one) => one.end).join(', ')}`)
}

assert.equal((await app.jobs.get(short.id))?.state, 'succeeded')
assert.equal((await app.jobs.get(long.id))?.state, 'queued')
assert.equal((await app.jobs.get(long.id))?.attempt, 0)
await app.close()
