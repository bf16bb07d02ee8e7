// Middleware stands around every attempt of a job: for timing, tracing, a tenant's context, an error reporter.
import assert from 'node:assert/strict'
import { defineJob, type Middleware, typed, Worksong } from 'worksong'

const timed: Middleware = async (ctx, next) => {
  const start = performance.now()
  try {
    return await next()
  } finally {
    ctx.log.info('attempt ended', { ms: Math.round(performance.now() - start) })
  }
}

const report: Middleware = async (ctx, next) => {
  try {
    return await next()
  } catch (error) {
    console.log(`${ctx.job.name}, attempt ${ctx.job.attempt}: ${String(error)}`)
    throw error // what is not thrown on would count as success
  }
}

const resize = defineJob({
  name: 'image.resize',
  input: typed<{ file: string }>(),
  middleware: [timed, report], // the first is the outermost
  retry: { delays: ['20ms'] },
  async run({ file }, ctx) {
    if (ctx.job.attempt === 1) throw new Error(`${file} is not there yet`)
    return `${file} is small now`
  },
})

const app = new Worksong({ store: process.env.WORKSONG_STORE ?? 'sqlite::memory:', jobs: [resize], logger: false })
await app.worker().start()
const { id } = await app.enqueue(resize, { file: 'cat.png' })
console.log(await app.jobs.wait(id))

assert.equal((await app.jobs.logs(id)).length, 2)
await app.close()
