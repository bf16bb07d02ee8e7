// worksong on SQLite, default settings: synchronous=FULL, finished jobs kept.

import { contest, settings } from '../lib/contest.mjs'
import { worksong } from '../lib/worksong.mjs'

await contest(worksong({ name: 'worksong-sqlite', store: () => `sqlite:${settings.store}` }))
