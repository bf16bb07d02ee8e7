// The raw inserts with arrays as pg writes them itself.

import { contest } from '../lib/contest.mjs'
import { keyAndPayload, rawPostgres } from '../lib/raw-postgres.mjs'

await contest(rawPostgres({ name: 'raw-postgres-text', ...keyAndPayload((texts) => texts) }))
