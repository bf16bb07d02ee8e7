// graphile-worker with a local queue of 5,000.

import { contest } from '../lib/contest.mjs'
import { graphile } from '../lib/graphile.mjs'

await contest(graphile({ name: 'graphile-5000', localQueue: 5000 }))
