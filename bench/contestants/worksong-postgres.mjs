// worksong on Postgres, default settings: fully durable, finished jobs kept.

import { contest } from '../lib/contest.mjs'
import { settings } from '../lib/settings.mjs'
import { once } from '../lib/sql.mjs'
import { accounts, worksong } from '../lib/worksong.mjs'

const COUNTS = `select (select count(*) from worksong.jobs) as jobs,
  count(*) as ends, count(distinct id) as succeeded from worksong.ends where "end" = 1`

await contest(
  worksong({
    name: 'worksong-postgres',
    store: () => settings.store,
    audit: async () => accounts((await once(COUNTS))[0]),
  }),
)
