/** What the tests of the app share. */
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { Worksong, type WorksongOptions } from '#dist/app/index.js'
import { testPostgres } from '../support/postgres.js'

/** An app that is closed when the test ends. */
export function appOf(options: Partial<WorksongOptions> & { store: WorksongOptions['store'] }): Worksong {
  const app = new Worksong({ logger: false, ...options })
  onTestFinished(() => app.close())
  return app
}

/** The name of a schema of one's own on the tests' server; gone when the test ends. */
export function newSchema(): string {
  const schema = `a_${Math.random().toString(36).slice(2, 12)}`
  onTestFinished(async () => {
    const client = new pg.Client({ connectionString: testPostgres() })
    await client.connect()
    await client.query(`drop schema if exists ${schema} cascade`)
    await client.end()
  })
  return schema
}
