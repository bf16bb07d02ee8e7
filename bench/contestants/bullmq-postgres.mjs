// BullMQ on its Postgres backend; finished jobs are removed.

import { createPostgresBackend, runMigrations } from 'bullmq'
import { bullmq } from '../lib/bullmq.mjs'
import { contest } from '../lib/contest.mjs'
import { settings } from '../lib/settings.mjs'
import { connected } from '../lib/sql.mjs'

await contest(
  bullmq({
    name: 'bullmq-postgres',
    connection: () => ({ connectionString: settings.store, max: 10 }),
    backend: createPostgresBackend,
    chunk: 2000,
    concurrency: 8,
    async prepare() {
      const client = await connected()
      await runMigrations(client)
      await client.end()
    },
  }),
)
