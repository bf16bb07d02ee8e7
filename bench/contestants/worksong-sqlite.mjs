// worksong on SQLite, default settings: synchronous=FULL, finished jobs kept.

import { contest } from '../lib/contest.mjs'
import { settings } from '../lib/settings.mjs'
import { worksong } from '../lib/worksong.mjs'
import { auditSqlite } from '../lib/worksong-sqlite.mjs'

await contest(worksong({ name: 'worksong-sqlite', store: () => `sqlite:${settings.store}`, audit: auditSqlite }))
