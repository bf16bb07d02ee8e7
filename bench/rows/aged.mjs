// A store with a past: drains before and after a million jobs went through the same tables, and drains under an old snapshot.

import { settleDisk } from '../lib/machine.mjs'
import { median, round } from '../lib/measure.mjs'
import { onPostgres, scaled, settings } from '../lib/settings.mjs'
import { connected, once } from '../lib/sql.mjs'
import { audited, fill, settled } from '../lib/store.mjs'
import { expectCalls, spawnWorkers } from '../lib/workers.mjs'
import { drain } from './drain.mjs'

const MILLION = scaled(1_000_000)
const DRAINS = 3

export const rows = {
  aged: {
    title: `drain after 1,000,000 jobs went through the same tables, median of ${DRAINS} drains each`,
    figures: { fresh: ['fresh, jobs/s'], perSecond: ['aged, jobs/s'], share: ['aged ÷ fresh', 2] },
    run: aged,
  },
  snapshot: {
    title: 'four drains one after another while an old snapshot is held open',
    figures: {
      first: ['first, jobs/s'],
      second: ['second, jobs/s'],
      third: ['third, jobs/s'],
      fourth: ['fourth, jobs/s'],
      share: ['fourth ÷ first', 2],
    },
    run: snapshot,
  },
}

/** Nothing is vacuumed by hand, before or after: what the server does by itself must do. */
async function aged(adapter) {
  const { jobs } = settings
  let before = 0
  const some = async () => {
    const speeds = []
    for (let i = 0; i < DRAINS; i++) {
      if (onPostgres()) await once('checkpoint')
      settleDisk()
      const { perSecond } = await drain(adapter, { jobs, before, vacuum: false })
      speeds.push(perSecond)
      before += jobs
    }
    return median(speeds)
  }
  const fresh = await some()
  const { rssMb } = await passThrough(adapter, before)
  before += MILLION
  const perSecond = await some()
  await audited(adapter, { finished: before })
  return { fresh, perSecond, share: round(perSecond / fresh), rssMb }
}

/** The million, worked while it is put in. */
async function passThrough(adapter, before) {
  const producer = await adapter.producer()
  const inspector = await adapter.inspector()
  const workers = await spawnWorkers(1)
  await workers.start()
  await fill(producer, MILLION, before)
  await workers.drained(MILLION)
  await settled(inspector, before + MILLION)
  const stopped = await workers.stop()
  await producer.close()
  await inspector.close()
  expectCalls(stopped, MILLION)
  return stopped
}

async function snapshot(adapter) {
  const { jobs } = settings
  const holder = await connected()
  await holder.query('begin isolation level repeatable read')
  await holder.query('select count(*) from pg_class') // the snapshot is taken by the first query
  const speeds = []
  let rssMb = 0
  for (let i = 0; i < 4; i++) {
    const one = await drain(adapter, { jobs, before: i * jobs })
    speeds.push(one.perSecond)
    rssMb = Math.max(rssMb, one.rssMb)
  }
  await holder.query('rollback')
  await holder.end()
  await audited(adapter, { finished: 4 * jobs })
  const [first, second, third, fourth] = speeds
  return { first, second, third, fourth, share: round(fourth / first), rssMb }
}
