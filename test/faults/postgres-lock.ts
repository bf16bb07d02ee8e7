/** Every table of a Worksong schema but that of the workers, locked against everybody. */
import { type Stage, withPg } from './stage.js'

const TABLES = 'jobs ready scheduled leases ends tallies signals queues placed progress logs'.split(' ')

export async function whileLocked(on: Stage, url: string, work: () => Promise<void>): Promise<void> {
  const { schema } = on.place as { schema: string }
  const tables = TABLES.map((table) => `${schema}.${table}`).join(', ')
  await withPg(url, async (client) => {
    // Statements under way may want the tables in another order: then one side is told of a deadlock, and that may be this one.
    await on.until('all are locked', async () => {
      await client.query('begin')
      return client.query(`lock table ${tables} in access exclusive mode`).then(
        () => true,
        () => client.query('rollback').then(() => false),
      )
    })
    await work()
    await client.query('rollback')
  })
}
