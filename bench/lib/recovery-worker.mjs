// A worker process of the recovery figure. Each line of evidence is one O_APPEND write, which no kill can take back.

import { openSync, writeSync } from 'node:fs'
import { Worksong } from 'worksong'
import { definitions, KINDS } from './recovery-jobs.mjs'

/** Not the default 20: more processes fit on a small machine. */
const CONCURRENCY = 10

/** The clock of all processes of this machine, in ms. */
export const monotonic = () => Number(process.hrtime.bigint() / 1000n) / 1000

export async function workerProcess({ store, evidence }) {
  const file = openSync(evidence, 'a')
  const write = (line) => writeSync(file, `${JSON.stringify({ ...line, pid: process.pid, at: monotonic() })}\n`)
  let wrapUp = () => {}
  const wrappedUp = new Promise((resolve) => {
    wrapUp = resolve
  })
  const seen = new Set()
  const run = async (kind, { job, signal }) => {
    write({ ev: 'start', job: job.id, attempt: job.attempt })
    if (!seen.has(kind)) process.send({ started: kind })
    seen.add(kind)
    // A minute's second run ends at once, and at the end of all nobody waits for one: that it runs again is what is measured.
    const ms = kind === 'minute' && job.attempt > 1 ? 1 : KINDS[kind]
    let timer
    const done = new Promise((resolve) => {
      timer = setTimeout(resolve, ms)
    })
    await (kind === 'minute' ? Promise.race([done, wrappedUp]) : done)
    clearTimeout(timer)
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
}
