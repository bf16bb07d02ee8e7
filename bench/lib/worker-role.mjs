// A worker process of a contestant: connects, says `ready`, starts on `go`, reports handler calls.

import { now, round, rssMb, sleep } from './measure.mjs'
import { settings } from './settings.mjs'

const REPORT_EVERY = 500
const MOST_JOBS = 1 << 23

/**
 * @typedef {object} WorkerOptions
 * @property {number} [handlerMs] how long a handler takes; 0: it does nothing
 * @property {number} [concurrency] in place of the contestant's own
 * @property {number} [stopAfter] stops by itself at this many handler calls, and notes when it had them
 * @property {number} [reportMs] how often calls are told; 0: only each 500 and at the end, for a worker that must be left in peace
 */

/** What the handlers saw. A byte per possible job: a Set of 100,000 would show in the peak memory. */
class Book {
  calls = 0
  distinct = 0
  latencies = []
  firstAt
  lastAt
  #seen = new Uint8Array(MOST_JOBS)

  note({ i, sentAt, dueAt }) {
    if (sentAt) this.latencies.push(now() - sentAt)
    if (dueAt) this.latencies.push(performance.timeOrigin + performance.now() - dueAt)
    if (!this.#seen[i]) this.distinct++
    this.#seen[i] = 1
    if (this.calls++ === 0) this.firstAt = now()
  }
}

/** @param {import('./contest.mjs').Adapter} adapter */
export async function workerRole(adapter) {
  const { handlerMs = 0, concurrency, stopAfter = 0, reportMs = 2 } = settings.worker
  const book = new Book()
  const times = {}
  let reported = 0
  let wentAt = 0
  let stopped

  const report = () => {
    if (book.calls === reported) return
    process.send({ type: 'calls', calls: book.calls - reported })
    reported = book.calls
  }
  const stop = () => {
    const began = now()
    stopped ??= runner.stop().then(() => {
      times.stopMs = round(now() - began)
    })
    return stopped
  }
  const opened = now()
  const runner = await adapter.worker(
    (payload) => {
      book.note(payload)
      if (book.calls === stopAfter) {
        book.lastAt = now()
        void stop()
      }
      // Sent from the handler, because a peer whose loop never yields to timers would report late.
      if (book.calls - reported >= REPORT_EVERY) report()
      if (handlerMs) return sleep(handlerMs)
    },
    { concurrency },
  )
  times.openMs = round(now() - opened)
  if (reportMs) setInterval(report, reportMs)

  process.on('message', async (message) => {
    if (message === 'go' && !wentAt) {
      wentAt = now()
      await runner.start()
      times.startMs = round(now() - wentAt)
      process.send({ type: 'started' })
    }
    if (message === 'cpu') process.send({ type: 'cpu', at: now(), ...process.cpuUsage() })
    if (message === 'stop') {
      await stop()
      report()
      if (book.firstAt) times.firstMs = round(book.firstAt - wentAt)
      if (book.lastAt) times.takenMs = round(book.lastAt - wentAt)
      const { latencies, distinct } = book
      process.send({ type: 'stopped', rssMb: rssMb(), latencies, distinct, times }, () => process.exit(0))
    }
  })
  process.send({ type: 'ready' })
}
