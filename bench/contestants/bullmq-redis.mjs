// BullMQ on Redis (AOF, fsync each second, which is what its docs call for); finished jobs are removed.

import { bullmq } from '../lib/bullmq.mjs'
import { contest } from '../lib/contest.mjs'
import { settings } from '../lib/settings.mjs'

await contest(
  bullmq({
    name: 'bullmq-redis',
    connection: () => ({ url: settings.store, maxRetriesPerRequest: null }),
    chunk: 500,
    concurrency: 100,
  }),
)
