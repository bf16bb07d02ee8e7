// The first job, as plain JavaScript: node first-job.mjs
import { defineJob, Worksong } from 'worksong'

const greet = defineJob({
  name: 'greet',
  async run(input, ctx) {
    return `Hello, ${input.name}! This was attempt ${ctx.job.attempt}.`
  },
})

const app = new Worksong({ store: process.env.WORKSONG_STORE ?? 'sqlite:first-job.db', jobs: [greet] })
await app.worker().start()

const { id } = await app.enqueue(greet, { name: 'Ada' })
console.log(await app.jobs.wait(id))
await app.close()
