// What SQLite itself does with the same bytes at synchronous=FULL: one-row commits, and all rows in one transaction.

import Database from 'better-sqlite3'
import { contest } from '../lib/contest.mjs'
import { settings } from '../lib/settings.mjs'

function open() {
  const db = new Database(settings.store)
  db.pragma('journal_mode = wal')
  db.pragma('synchronous = full')
  db.exec('create table if not exists raw (id integer primary key, input text not null)')
  return db
}

await contest({
  name: 'raw-sqlite',
  async prepare() {
    open().close()
  },
  async producer() {
    const db = open()
    const insert = db.prepare('insert into raw (input) values (?)')
    const all = db.transaction((payloads) => {
      for (const payload of payloads) insert.run(JSON.stringify(payload))
    })
    return {
      one: async (payload) => insert.run(JSON.stringify(payload)),
      many: async (payloads) => all(payloads),
      close: async () => db.close(),
    }
  },
  async inspector() {
    const db = open()
    return {
      counts: async () => ({ unfinished: db.prepare('select count(*) as rows from raw').get().rows }),
      close: async () => db.close(),
    }
  },
})
