// Postgres's write-ahead log over the whole life of a job: bulk enqueue, claim, finish. A checkpoint comes first, so the first
// change of each page that was there before writes that page whole, as it does after every checkpoint; then the same without.

import { round } from '../lib/measure.mjs'
import { scaled } from '../lib/settings.mjs'
import { connected } from '../lib/sql.mjs'
import { audited } from '../lib/store.mjs'
import { drain } from './drain.mjs'

const JOBS = scaled(20_000, 1_000)

export const rows = {
  wal: {
    title: 'WAL per job over its whole life, second of two lives on the same tables',
    figures: {
      bytes: ['bytes, full pages after a checkpoint included', 0],
      bytesOff: ['bytes, full_page_writes off', 0],
      images: ['full pages written', 0],
    },
    run: wal,
  },
}

async function wal(adapter) {
  const client = await connected()
  let before = 0
  const life = async () => {
    await client.query('checkpoint')
    const from = await read(client)
    const { rssMb } = await drain(adapter, { jobs: JOBS, before, vacuum: false })
    before += JOBS
    const to = await read(client)
    return { bytes: round((to.bytes - from.bytes) / JOBS), images: to.images - from.images, rssMb }
  }
  await life() // pages exist now, as they do in a store that is in use
  const on = await life()
  await fullPages(client, 'off')
  const off = await life()
  await fullPages(client, 'on')
  await client.end()
  await audited(adapter, { finished: before })
  return { bytes: on.bytes, images: on.images, bytesOff: off.bytes, rssMb: on.rssMb }
}

async function fullPages(client, value) {
  await client.query(`alter system set full_page_writes = ${value}`)
  await client.query('select pg_reload_conf()')
  await client.query('checkpoint') // the checkpointer makes the new value known
  const { rows: found } = await client.query('show full_page_writes')
  if (found[0].full_page_writes !== value) throw new Error('full_page_writes did not change')
}

async function read(client) {
  const { rows: found } = await client.query(
    "select pg_current_wal_insert_lsn() - '0/0' as bytes, (select wal_fpi from pg_stat_wal) as images",
  )
  return { bytes: Number(found[0].bytes), images: Number(found[0].images) }
}
