// A worker process of the recovery figure, forked by its fleet. Each line of evidence is one O_APPEND write, which no kill can take back.

import { openSync, writeSync } from 'node:fs'
import { Worksong } from 'worksong'
import { now, sleep } from './measure.mjs'
import { definitions, KINDS } from './recovery-jobs.mjs'

/** Not the default 20: more processes fit on a small machine. */
const CONCURRENCY = 10

const { store, evidence } = JSON.parse(process.argv[2])
const file = openSync(evidence, 'a')
const write = (line) => writeSync(file, `${JSON.stringify({ ...line, pid: process.pid, at: now() })}\n`)

let wrapUp = () => {}
const wrappedUp = new Promise((resolve) => {
  wrapUp = resolve
})
const seen = new Set()

async function run(kind, { job, signal }) {
  write({ ev: 'start', job: job.id, attempt: job.attempt })
  if (!seen.has(kind)) process.send({ started: kind })
  seen.add(kind)
  // A minute's second run ends at once, and at the end of all nobody waits for one: that it runs again is what is measured.
  const done = sleep(kind === 'minute' && job.attempt > 1 ? 1 : KINDS[kind])
  await (kind === 'minute' ? Promise.race([done, wrappedUp]) : done)
  signal.throwIfAborted()
  write({ ev: 'end', job: job.id, attempt: job.attempt })
}

const warn = (fields, message) => {
  const { error, ...rest } = fields
  write({ ev: 'log', message, ...rest, ...(error ? { error: String(error) } : {}) })
}
const logger = { debug() {}, info() {}, warn, error: warn }
const app = new Worksong({ store, jobs: definitions(run), logger })
const worker = app.worker({ concurrency: CONCURRENCY })
process.on('disconnect', () => process.exit(70))
process.on('message', async (word) => {
  if (word === 'wrap up') return wrapUp()
  await worker.stop()
  await app.close()
  process.exit(0)
})
await worker.start()
write({ ev: 'ready', worker: worker.id })
process.send({ ready: true })
