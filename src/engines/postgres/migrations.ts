/** Migrations: numbered, each in one transaction, behind a lock that two migrators share. */
import type { PoolClient } from 'pg'
import { WorksongError } from '../../core/index.js'
import type { SchemaStatus } from '../../engine/index.js'
import type { Connections } from './connection.js'
import { CANCEL } from './sql/cancel.js'
import { CLAIM, TURN } from './sql/claim.js'
import { DELETE_JOBS, FORGET } from './sql/delete.js'
import { ENQUEUE } from './sql/enqueue.js'
import { ENQUEUE_ALIKE, ENQUEUE_ONE } from './sql/enqueue-plain.js'
import { FINISH } from './sql/finish.js'
import { LOCATE, TIME } from './sql/jobs.js'
import { LISTS } from './sql/list.js'
import { PROMOTE } from './sql/promote.js'
import { PRUNE } from './sql/prune.js'
import { OLDEST_OF } from './sql/queues.js'
import { RECORD } from './sql/record.js'
import { RESCUE } from './sql/rescue.js'
import { RETRY } from './sql/retry.js'
import { TABLES } from './sql/schema.js'
import { TAKE } from './sql/take.js'
import { PULSE } from './sql/workers.js'

interface Migration {
  readonly version: number
  readonly name: string
  /** The oldest code (by schema version) that still works once this is applied. */
  readonly oldestReader: number
  readonly sql: readonly string[]
}

const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'the life of a job',
    oldestReader: 1,
    sql: [
      TABLES,
      TIME,
      LOCATE,
      ENQUEUE,
      ENQUEUE_ALIKE,
      ENQUEUE_ONE,
      TAKE,
      CLAIM,
      FINISH,
      TURN,
      RECORD,
      PULSE,
      RESCUE,
      PROMOTE,
      CANCEL,
      RETRY,
      FORGET,
      DELETE_JOBS,
      PRUNE,
      OLDEST_OF,
      LISTS,
    ],
  },
]

/** One row. `store` tells this store from every other, also from a copy of the schema in another database. */
const META = `create table ws.meta (
  version int4 not null, oldest_reader int4 not null, at timestamptz not null, store uuid not null default gen_random_uuid())`

const WANTED = (MIGRATIONS.at(-1) as Migration).version

export async function schemaStatus(connections: Pick<Connections, 'look'>): Promise<SchemaStatus> {
  const { rows } = await connections.look(`select to_regclass('ws.meta') is not null, current_setting('server_version_num')::int4`)
  const [exists, server] = rows[0] as [boolean, number]
  checkVersion(server)
  const meta = exists ? (await connections.look('select version, oldest_reader from ws.meta')).rows[0] : undefined
  const [current, oldestReader] = (meta ?? [0, 0]) as [number, number]
  const pending = MIGRATIONS.filter((one) => one.version > current).map((one) => one.name)
  return { current, wanted: WANTED, oldestReader, pending }
}

/** `server_version_num`. @throws WorksongError `WS_POSTGRES_TOO_OLD` */
export function checkVersion(server: number): void {
  if (server >= 130_000) return
  throw new WorksongError('WS_POSTGRES_TOO_OLD', `Postgres ${Math.floor(server / 10_000)} is too old`, { fix: 'Use version 13 or later.' })
}

/** Apply what is missing. A second migrator waits for the first, and then finds nothing to do. */
export async function migrate(connections: Connections, schema: string): Promise<readonly string[]> {
  return connections.transaction(async (client) => {
    await client.query(`select pg_advisory_xact_lock(hashtext($1))`, [`worksong.migrate.${schema}`])
    const qualify = (text: string) => connections.qualify(text)
    // IF NOT EXISTS asks for the right to create even where there is nothing to create.
    const { rows } = await client.query({
      text: qualify(`select to_regnamespace('"${schema}"') is null, to_regclass('ws.meta') is null`),
      rowMode: 'array',
    })
    const [noSchema, noMeta] = rows[0] as [boolean, boolean]
    if (noSchema) await client.query(`create schema "${schema}"`)
    if (noMeta) await client.query(qualify(META))
    const found = await client.query({ text: qualify('select version from ws.meta'), rowMode: 'array' })
    const current = (found.rows[0]?.[0] as number | undefined) ?? 0
    const pending = MIGRATIONS.filter((one) => one.version > current)
    for (const migration of pending) await apply(client, migration, qualify)
    return pending.map((one) => one.name)
  })
}

async function apply(client: PoolClient, migration: Migration, qualify: (text: string) => string): Promise<void> {
  for (const sql of migration.sql) await client.query(qualify(sql))
  const values = [migration.version, migration.oldestReader]
  const { rowCount } = await client.query(qualify('update ws.meta set version = $1, oldest_reader = $2, at = clock_timestamp()'), values)
  if (rowCount === 0)
    await client.query(qualify('insert into ws.meta (version, oldest_reader, at) values ($1, $2, clock_timestamp())'), values)
}
