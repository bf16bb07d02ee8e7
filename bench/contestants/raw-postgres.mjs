// What the server itself does with the same bytes over one connection: no library, no index beyond the key. Many go as
// a binary array, which the server reads and the driver writes faster than pg's own text form (`raw-postgres-text`).

import { contest } from '../lib/contest.mjs'
import { keyAndPayload, rawPostgres, textArray } from '../lib/raw-postgres.mjs'

await contest(rawPostgres({ name: 'raw-postgres', ...keyAndPayload(textArray) }))
