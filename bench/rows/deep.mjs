// The first 5,000 jobs that a worker takes: alone, before a million of lower priority, before a million of equal priority
// that were enqueued after them; the two latter with a million scheduled besides. The clock runs in the worker, from its start call to its
// 5,000th handler call, so that what it takes beyond them and gives back does not count; the time to the first job is given apart.

import { median, round } from '../lib/measure.mjs'
import { onPostgres, scaled } from '../lib/settings.mjs'
import { once, vacuumAnalyze } from '../lib/sql.mjs'
import { audited, fill } from '../lib/store.mjs'
import { expectCalls, spawnWorkers } from '../lib/workers.mjs'

const SPRINTS = 5
const TAKE = scaled(5_000, 1_000)
const MILLION = scaled(1_000_000)
const DAY_MS = 86_400_000

export const rows = {
  deep: {
    title: `drain of 5,000 with 1,000,000 waiting and 1,000,000 scheduled, median of ${SPRINTS} drains each`,
    figures: {
      alone: ['alone, jobs/s'],
      lower: ['1,000,000 of lower priority behind, jobs/s'],
      equal: ['1,000,000 of equal priority behind, jobs/s'],
      lowerShare: ['lower ÷ alone', 2],
      equalShare: ['equal ÷ alone', 2],
      aloneFirstMs: ['alone, start → first job, ms', 1],
      lowerFirstMs: ['lower, start → first job, ms', 1],
      equalFirstMs: ['equal, start → first job, ms', 1],
    },
    run: deep,
  },
}

async function deep(adapter) {
  const producer = await adapter.producer()
  const book = { filled: 0, calls: 0 }
  const add = async (count, options) => {
    await fill(producer, count, book.filled, options)
    book.filled += count
  }
  const oneMore = () => add(TAKE)

  await add(TAKE)
  await tidy()
  const alone = await sprints(book, oneMore)
  await add(MILLION, { at: new Date(Date.now() + DAY_MS) })
  await add(MILLION, { low: true })
  await add(TAKE)
  await tidy()
  const lower = await sprints(book, oneMore)
  await add(SPRINTS * TAKE)
  await add(MILLION)
  await tidy()
  const equal = await sprints(book)

  await producer.close()
  const inspector = await adapter.inspector()
  const { unfinished } = await inspector.counts()
  await inspector.close()
  const left = book.filled - book.calls
  if (unfinished !== left) throw new Error(`the store holds ${unfinished} unfinished jobs, expected ${left}`)
  await audited(adapter, { finished: book.calls, unfinished: left })
  return {
    ...{ alone: alone.perSecond, lower: lower.perSecond, equal: equal.perSecond },
    ...{ lowerShare: round(lower.perSecond / alone.perSecond), equalShare: round(equal.perSecond / alone.perSecond) },
    ...{ aloneFirstMs: alone.firstMs, lowerFirstMs: lower.firstMs, equalFirstMs: equal.firstMs },
    rssMb: Math.max(alone.rssMb, lower.rssMb, equal.rssMb),
  }
}

/** Some worker processes one after another; each takes 5,000 and stops. */
async function sprints(book, between = async () => {}) {
  const runs = []
  for (let i = 0; i < SPRINTS; i++) {
    if (i > 0) await between()
    const workers = await spawnWorkers(1, { stopAfter: TAKE })
    await workers.drained(TAKE)
    const stopped = await workers.stop()
    expectCalls(stopped, stopped.calls) // it takes some beyond its 5,000
    book.calls += stopped.calls
    runs.push(stopped)
  }
  return {
    perSecond: Math.round((1000 * TAKE) / median(runs.map((run) => run.times.takenMs))),
    firstMs: median(runs.map((run) => run.times.firstMs)),
    rssMb: Math.max(...runs.map((run) => run.rssMb)),
  }
}

/** What the store's own maintenance does within minutes of such a fill; else it would do it in the middle of a clock. */
async function tidy() {
  if (!onPostgres()) return
  await vacuumAnalyze()
  await once('checkpoint')
}
