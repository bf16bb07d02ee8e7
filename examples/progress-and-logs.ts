// A job tells how far it is and what it does; anybody can look, from any process.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob, Worksong } from 'worksong'

const report = defineJob({
  name: 'report.build',
  async run(_input, ctx) {
    for (let page = 1; page <= 5; page++) {
      await sleep(200)
      ctx.log.info('page written', { page })
      await ctx.progress(page, 5, `page ${page} of 5`)
    }
    return { pages: 5 }
  },
})

const app = new Worksong({ store: process.env.WORKSONG_STORE ?? 'sqlite::memory:', jobs: [report], logger: false })
await app.worker().start()
const { id } = await app.enqueue(report)

const seen: number[] = []
let job = await app.jobs.get(id)
while (job?.state === 'queued' || job?.state === 'running') {
  const { done = 0, text = 'waiting' } = job.progress ?? {}
  if (done !== seen.at(-1)) console.log(`${job.state}: ${text}`)
  seen.push(done)
  await sleep(50)
  job = await app.jobs.get(id)
}

for (const { level, line } of await app.jobs.logs(id)) console.log(`${level}: ${line}`)

assert.equal(job?.state, 'succeeded')
assert.deepEqual(job?.progress, { done: 5, total: 5, text: 'page 5 of 5' })
assert.ok(
  seen.some((done) => done > 0 && done < 5),
  'progress is seen while the job runs',
)
assert.equal((await app.jobs.logs(id)).length, 5)
await app.close()
