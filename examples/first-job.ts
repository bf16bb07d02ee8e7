// The first job, with types: the schema checks the input at enqueue, and gives the handler its type.
import { defineJob, Worksong } from 'worksong'
import { z } from 'zod'

const greet = defineJob({
  name: 'greet',
  input: z.object({ name: z.string().min(1) }),
  async run(input, ctx) {
    return `Hello, ${input.name}! This was attempt ${ctx.job.attempt}.`
  },
})

const app = new Worksong({ store: process.env.WORKSONG_STORE ?? 'sqlite:first-job.db', jobs: [greet] })
await app.worker().start()

const { id } = await app.enqueue(greet, { name: 'Ada' })
console.log(await app.jobs.wait(id))
await app.close()
