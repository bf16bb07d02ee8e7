// worksong on SQLite with synchronous=NORMAL, to be compared with who does the same.

import { sqlite } from 'worksong/sqlite'
import { contest } from '../lib/contest.mjs'
import { settings } from '../lib/settings.mjs'
import { worksong } from '../lib/worksong.mjs'
import { auditSqlite } from '../lib/worksong-sqlite.mjs'

const store = () => sqlite({ path: settings.store, durability: 'os-crash-may-lose-last-commits' })

await contest(worksong({ name: 'worksong-sqlite-normal', store, audit: auditSqlite }))
