// No queue at all: what the timers themselves allow, as the control of rows whose handlers wait.

import { contest } from '../lib/contest.mjs'

await contest({ name: 'bare', prepare: async () => {} })
