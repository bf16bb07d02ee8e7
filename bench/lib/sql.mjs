// Postgres as the rows look at it: an inspector for contestants, and what an administrator would do in between.

import { settings } from './settings.mjs'

/** @param {{ database?: string }} [options] another database of the same server */
export async function connected({ database } = {}) {
  const { default: pg } = await import('pg') // when this file is loaded, the peers may not be installed yet
  const url = new URL(settings.store)
  if (database) url.pathname = `/${database}`
  const client = new pg.Client(url.href)
  client.on('error', () => {})
  await client.connect()
  return client
}

/**
 * @param {string} sql one row of `unfinished` and, where finished jobs are kept, `finished`
 * @returns {Promise<import('./contest.mjs').Inspector>}
 */
export async function postgresInspector(sql) {
  const client = await connected()
  return {
    async counts() {
      const { rows } = await client.query(sql)
      const { unfinished, finished } = rows[0]
      return { unfinished: Number(unfinished), ...(finished !== undefined && { finished: Number(finished) }) }
    },
    close: () => client.end(),
  }
}

/** One statement on a connection of its own. */
export async function once(sql, options) {
  const client = await connected(options)
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/**
 * What autovacuum would do within a minute of the fill. On a fresh database without statistics graphile-worker
 * drained 1.2 to 1.4 times slower, which would flatter whoever does not depend on them.
 */
export const vacuumAnalyze = () => once('vacuum analyze')
