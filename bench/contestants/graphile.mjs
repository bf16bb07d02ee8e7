// graphile-worker with a local queue of 2,000.

import { contest } from '../lib/contest.mjs'
import { graphile } from '../lib/graphile.mjs'

await contest(graphile({ name: 'graphile', localQueue: 2000 }))
