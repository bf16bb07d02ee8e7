// Handlers that compute for long, in threads: the process stays responsive, and one that never returns is ended on its timeout.
import assert from 'node:assert/strict'
import { isWorksongError, Worksong } from 'worksong'
import { countPrimes, stuck } from './thread/jobs.js'

const app = new Worksong({
  store: process.env.WORKSONG_STORE ?? 'sqlite::memory:',
  jobs: [countPrimes, stuck],
  logger: false,
})
await app.worker({ concurrency: 2 }).start()

let beats = 0
const heart = setInterval(() => beats++, 10)
const { id } = await app.enqueue(countPrimes, { below: 1_000_000 })
console.log(`${await app.jobs.wait(id)} primes; the main thread beat ${beats} times meanwhile`)
clearInterval(heart)

const never = await app.enqueue(stuck)
await app.jobs.wait(never.id, { timeout: '20s' }).catch((error: unknown) => {
  assert.ok(isWorksongError(error, 'WS_JOB_DEAD'))
  console.log(error.message)
})

assert.equal((await app.jobs.get(id))?.result, 78_498)
assert.ok(beats > 3, 'the event loop was free')
assert.equal((await app.jobs.get(never.id))?.errors[0]?.code, 'WS_TIMEOUT')
await app.close()
