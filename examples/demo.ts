// npm run demo: some thousand jobs of five kinds with their troubles, on the embedded store; then a look at what became of them.
// npm run demo -- --jobs 500 makes it shorter; WORKSONG_STORE=postgres://… puts it elsewhere.
import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type QueueView, Worksong } from 'worksong'
import { buildReport, chargeCard, remind, resizeImage, sendMail } from './demo/jobs.js'
import { endProgress, showHistory, showProgress, showQueues, sum } from './demo/screen.js'

const FILE = '.worksong/demo.db'
const { values } = parseArgs({ options: { jobs: { type: 'string', default: '5000' } } })
const size = Math.max(300, Number(values.jobs) || 5000)
const store = process.env.WORKSONG_STORE ?? freshFile()
const app = new Worksong({
  store,
  jobs: [sendMail, resizeImage, chargeCard, remind, buildReport],
  queues: { payments: { concurrency: 10 } },
  logger: false,
})
const start = performance.now()
const seconds = () => (performance.now() - start) / 1000

await app.start()
console.log(`Worksong demo on ${app.place}\n`)
const before = ended(await app.queues.list())
const made = await enqueueAll()
console.log(`${made} jobs enqueued in ${seconds().toFixed(2)} s, each of them on disk. Two workers run them now.\n`)

await Promise.all([
  app.worker({ name: 'a', concurrency: 10, queues: ['payments', 'mail', 'reports', 'images'] }).start(),
  app.worker({ name: 'b', concurrency: 10, queues: { payments: 4, mail: 2, reports: 1, images: 1 } }).start(),
])
const queues = await watch()
endProgress()

console.log('What became of them:')
showQueues(queues)
await showOne()
console.log(`\nAll ${made} jobs ended in ${seconds().toFixed(1)} s. Look closer:\n`)
for (const command of await commands()) console.log(`  ${command}`)

assert.equal(ended(queues) - before, made)
assert.ok(sum(queues, 'dead') > 0 && sum(queues, 'cancelled') > 0)
await app.close()

/** Returns how many. */
async function enqueueAll(): Promise<number> {
  const counts = [
    await app.enqueueMany(
      sendMail,
      numbers(size * 0.7, (n) => ({ to: `customer-${n}@example.com` })),
    ),
    await app.enqueueMany(
      resizeImage,
      numbers(size * 0.2, (n) => ({ file: `photo-${n}.jpg` })),
    ),
    await app.enqueueMany(
      chargeCard,
      numbers(size * 0.05, (card) => ({ card })),
    ),
    await app.enqueueMany(
      remind,
      numbers(size * 0.04, (cart) => ({ cart })),
      { delay: '4s' },
    ),
  ]
  for (const month of ['July', 'August', 'September']) await app.enqueue(buildReport, { month })
  const unwanted = await Promise.all(numbers(20, (cart) => app.enqueue(remind, { cart }, { delay: '1h', tags: ['unwanted'] })))
  await Promise.all(unwanted.map(({ id }) => app.jobs.cancel(id, { reason: 'the shop closed' })))
  return counts.reduce((total, { enqueued }) => total + enqueued, 3 + unwanted.length)
}

function ended(queues: readonly QueueView[]): number {
  return sum(queues, 'succeeded') + sum(queues, 'dead') + sum(queues, 'cancelled')
}

/** Until nothing is waiting or running. */
async function watch() {
  for (;;) {
    const queues = await app.queues.list()
    showProgress(queues, seconds())
    if (sum(queues, 'queued') + sum(queues, 'scheduled') + sum(queues, 'running') === 0) return queues
    await sleep(100)
  }
}

/** The history of a payment that came through at the second attempt. */
async function showOne(): Promise<void> {
  const { jobs } = await app.jobs.list({ name: 'card.charge', state: 'succeeded', limit: 200 })
  const job = await app.jobs.get(jobs.find(({ attempt }) => attempt > 1)?.id ?? '')
  if (!job) return
  console.log('\nOne of them:')
  showHistory(job)
}

async function commands(): Promise<string[]> {
  const [dead] = (await app.jobs.list({ state: 'dead', limit: 1 })).jobs
  const words = ['queues list', 'jobs list --state dead', `jobs show ${dead?.id}`, `jobs retry ${dead?.id}`]
  return words.map((word) => `node dist/cli/bin.js ${word} --store ${store}`)
}

function numbers<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: Math.round(count) }, (_, index) => make(index + 1))
}

function freshFile(): string {
  mkdirSync('.worksong', { recursive: true })
  for (const end of ['', '-wal', '-shm', '.wake']) rmSync(FILE + end, { force: true })
  return `sqlite:${FILE}`
}
