/** Calls of our functions are prepared once per connection where the server itself answers, and work wherever they cannot be. */
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { newId } from '#dist/core/index.js'
import type { NewJob } from '#dist/engine/index.js'
import { pgbouncerVersion, startPgbouncer } from '../../faults/pgbouncer.js'
import { testPostgres } from '../../support/postgres.js'
import { newSchema, openEngine } from './parts.js'

const newJob = (): NewJob => ({ id: newId(), queue: 'q', kind: 'k', priority: 0, maxAttempts: 5, payload: '{}' })

/** Clients that note the names of the inserts they send, and do `before` first. */
function watching(before: (client: pg.Client) => void = () => undefined) {
  const names: string[] = []
  class Watching extends pg.Client {
    override query(...args: unknown[]): never {
      const { name } = args[0] as { name?: string }
      if (name !== undefined) {
        before(this)
        if (name.includes('enqueue')) names.push(name)
      }
      return super.query(...(args as [string])) as never
    }
  }
  return { names, Client: Watching }
}

async function openWith(connectionString: string, Client: typeof pg.Client) {
  const pool = new pg.Pool({ connectionString, Client })
  onTestFinished(() => pool.end())
  const schema = newSchema()
  return { engine: await openEngine({ pool, schema, maxConnections: 1 }), schema }
}

describe('calls of our functions', () => {
  it('are prepared, alone and together', async () => {
    const { names, Client } = watching()
    const { engine, schema } = await openWith(testPostgres(), Client)
    for (const count of [1, 2]) await engine.insertJobs({ jobs: Array.from({ length: count }, newJob) })
    expect(names).toEqual([`${schema}.enqueue_one_1`, `${schema}.enqueue_alike_1`])
  })

  it('are done without when a session has forgotten them, and from then on', async () => {
    // As the driver sees it, its session still knows what it has prepared.
    const { names, Client } = watching((client) => void client.query('deallocate all'))
    const { engine, schema } = await openWith(testPostgres(), Client)
    for (let round = 0; round < 4; round++)
      expect(await engine.insertJobs({ jobs: [newJob(), newJob()] })).toEqual(['inserted', 'inserted'])
    expect(names).toEqual([`${schema}.enqueue_alike_1`, `${schema}.enqueue_alike_1`])
    expect((await engine.listJobs({ filter: { state: 'queued' }, limit: 100 })).jobs.length).toBe(8)
  })

  it("are done without when a caller's class of clients writes into their text", async () => {
    let count = 0
    class Commenting extends pg.Client {
      override query(...args: unknown[]): never {
        const [query] = args
        const commented = typeof query === 'object' ? { ...query, text: `${(query as { text: string }).text} /* ${++count} */` } : query
        return super.query(...([commented, ...args.slice(1)] as [string])) as never
      }
    }
    const { engine } = await openWith(testPostgres(), Commenting)
    for (let round = 0; round < 3; round++) expect(await engine.insertJobs({ jobs: [newJob()] })).toEqual(['inserted'])
  })

  it.skipIf(!pgbouncerVersion())('are not prepared through a pooler', async () => {
    const { names, Client } = watching()
    const { engine } = await openWith(await startPgbouncer(testPostgres()), Client)
    for (const count of [1, 2]) await engine.insertJobs({ jobs: Array.from({ length: count }, newJob) })
    expect(names).toEqual([])
  })
})
