/** Brings the tables up to this code's version, one transaction each. Of two migrators at once, the second waits and finds it done. */
import type { SchemaStatus } from '../../engine/index.js'
import type { Connection } from './connection.js'
import { MIGRATIONS } from './sql/schema.js'
import type { Transactions } from './transaction.js'

/** What the store says about itself. One row per fact. */
const META = 'create table if not exists worksong_meta(key text primary key, value integer not null) without rowid'
const HAS_META = "select 1 from sqlite_master where type = 'table' and name = 'worksong_meta'"
const READ_META = 'select key, value from worksong_meta'
const WRITE_META = 'insert into worksong_meta(key, value) values (?, ?) on conflict(key) do update set value = excluded.value'

/** Of a store that is not there yet. */
export const NO_SCHEMA: SchemaStatus = statusOf(new Map())

export function schemaStatus(db: Connection): SchemaStatus {
  return statusOf(new Map(db.get(HAS_META) ? db.all<[string, number]>(READ_META) : []))
}

function statusOf(meta: ReadonlyMap<string, number>): SchemaStatus {
  const current = meta.get('version') ?? 0
  return {
    current,
    wanted: MIGRATIONS.at(-1)?.version ?? 0,
    oldestReader: meta.get('oldest_reader') ?? 0,
    pending: MIGRATIONS.filter(({ version }) => version > current).map(({ name }) => name),
  }
}

/** Names of those applied. A newer store is left as it is. */
export async function migrate(transactions: Transactions): Promise<readonly string[]> {
  const applied: string[] = []
  for (;;) {
    const name = await transactions.write(({ db }) => applyNext(db))
    if (name === undefined) return applied
    applied.push(name)
  }
}

function applyNext(db: Connection): string | undefined {
  const { current } = schemaStatus(db)
  const next = MIGRATIONS.find(({ version }) => version > current)
  if (!next) return undefined
  db.raw.exec(META)
  db.raw.exec(next.sql)
  db.run(WRITE_META, 'version', next.version)
  db.run(WRITE_META, 'oldest_reader', next.oldestReader)
  return next.name
}
