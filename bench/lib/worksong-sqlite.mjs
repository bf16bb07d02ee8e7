// The accounts of a worksong file, read with the library that worksong itself uses: a second one in a process would break its locks.

import { DatabaseSync } from '@photostructure/sqlite'
import { settings } from './settings.mjs'
import { accounts } from './worksong.mjs'

const COUNTS = `select (select count(*) from worksong_jobs) as jobs,
  (select count(*) from worksong_ends where end = 1) as ends, (select count(distinct seq) from worksong_ends where end = 1) as succeeded`

export async function auditSqlite() {
  const db = new DatabaseSync(settings.store, { readOnly: true })
  try {
    return accounts(db.prepare(COUNTS).get())
  } finally {
    db.close()
  }
}
