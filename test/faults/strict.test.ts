/** A database whose transactions are SERIALIZABLE by default, behind PgBouncer: its connections are shared with the app's own. */
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { strictDatabase } from '../support/strict.js'
import { check } from './check.js'
import { pgbouncerVersion, startPgbouncer } from './pgbouncer.js'
import { stage } from './stage.js'

const version = pgbouncerVersion()
/** As many as this PgBouncer has. */
const AT_ONCE = 3

/** How transactions of the app's own begin, on every connection that PgBouncer has. */
async function levels(app: pg.Pool): Promise<Set<string>> {
  const clients = await Promise.all(Array.from({ length: AT_ONCE }, () => app.connect()))
  // Each of them holds a connection to the server now, so these are all of them.
  await Promise.all(clients.map((client) => client.query('begin')))
  const shown = await Promise.all(clients.map((client) => client.query('show transaction_isolation')))
  await Promise.all(clients.map((client) => client.query('commit')))
  for (const client of clients) client.release()
  return new Set(shown.map(({ rows }) => rows[0].transaction_isolation as string))
}

describe.skipIf(version === undefined)(`PgBouncer ${version ?? '(not installed: apt-get install pgbouncer)'}`, () => {
  it("two workers meet no serialization failure, and the app's own transactions stay SERIALIZABLE", async () => {
    const url = await startPgbouncer((await strictDatabase('serializable')).url)
    const app = new pg.Pool({ connectionString: url, max: AT_ONCE })
    onTestFinished(() => app.end())
    expect(await levels(app)).toEqual(new Set(['serializable']))
    const on = await stage('postgres', { url, listen: false })
    await Promise.all([on.worker(), on.worker()])
    await on.enqueue(
      'say',
      Array.from({ length: 600 }, () => ({ outcome: 'retryAfter', delay: '1ms' })),
    )
    await on.drained()
    await check(on)
    expect(await levels(app)).toEqual(new Set(['serializable']))
    expect(on.logs().filter(({ level, code }) => level === 'error' || (level === 'warn' && code !== 'job.failed'))).toEqual([])
    expect(on.stderr()).toBe('')
  })
})
