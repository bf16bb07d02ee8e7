// worksong on Postgres, default settings: fully durable, finished jobs kept.

import { contest, settings } from '../lib/contest.mjs'
import { worksong } from '../lib/worksong.mjs'

await contest(worksong({ name: 'worksong-postgres', store: () => settings.store }))
