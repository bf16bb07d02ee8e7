/** A look at a Postgres store for an operator, over a connection of its own: the pool may be the very thing that is wrong. */
import type { Client } from 'pg'
import { CHECKS, type Check, checked, type Found, ofClock, ofSchema, sizeOf, unreachable, wordsOf } from '../../engine/index.js'
import type { Connections, Row } from './connection.js'
import { rightsOf } from './diagnose-rights.js'
import { toWorksongError } from './errors.js'
import { cut, hangUp } from './hang-up.js'
import { checkVersion, schemaStatus } from './migrations.js'
import type { Checked } from './options.js'
import { CLOCK, CONNECTIONS, NOTIFY, OLDEST_TRANSACTION, SERVER, SIZE } from './sql/diagnose.js'
import { TABLES } from './sql/schema.js'

const NAMES = [...CHECKS, 'primary', 'durability', 'connections', 'transactions', 'listen'] as const
const CLOCK_LOOKS = 3
const MANY_CONNECTIONS = 0.8
const OLD_TRANSACTION_S = 600
const LISTEN_TIMEOUT_MS = 2500

/** One statement's rows. */
export type Look = (text: string, values?: readonly unknown[]) => Promise<{ rows: Row[]; rowCount: number }>

export async function diagnose(db: Connections, options: Checked): Promise<readonly Check[]> {
  let client: Client | undefined
  try {
    const began = performance.now()
    client = await db.direct('pool')
    const connectMs = performance.now() - began
    const asked = lookOf(client, db)
    const before = performance.now()
    const server = (await asked(SERVER)).rows[0] as Row
    const reach: Found = {
      status: 'ok',
      text: `${db.place} was connected to in ${connectMs.toFixed(0)} ms and answers in ${(performance.now() - before).toFixed(1)} ms`,
    }
    return await looks(db, options, { client, asked, server, reach })
  } catch (error) {
    return unreachable(NAMES, toWorksongError(error, db.place, false))
  } finally {
    if (client) await letGo(client)
  }
}

interface Session {
  readonly client: Client
  readonly asked: Look
  readonly server: Row
  readonly reach: Found
}

/** One after the other: the connection answers in order anyway. */
async function looks(db: Connections, options: Checked, { client, asked, server, reach }: Session): Promise<Check[]> {
  const pooled = (client as unknown as { processID?: number }).processID !== server[7]
  const how: Readonly<Record<(typeof NAMES)[number], () => Found | Promise<Found>>> = {
    reach: () => (pooled ? { ...reach, text: `${reach.text}, through a pooler (PgBouncer or the like)` } : reach),
    version: () => versionOf(server),
    schema: async () => ofSchema(await schemaStatus({ look: asked }), await missingOf(asked)),
    rights: () => rightsOf(asked, options.schema),
    clock: () => clockOf(asked),
    disk: () => diskOf(asked),
    primary: () => primaryOf(server),
    durability: () => durabilityOf(server),
    connections: () => connectionsOf(asked),
    transactions: () => transactionsOf(asked),
    listen: () => listenOf(db, options, asked),
  }
  const checks: Check[] = []
  for (const name of NAMES) checks.push(await checked(name, how[name]))
  return checks
}

function lookOf(client: Client, db: Connections): Look {
  return async (text, values = []) => {
    try {
      const result = await client.query({ text: db.qualify(text), values: values as unknown[], rowMode: 'array' })
      return { rows: result.rows as Row[], rowCount: result.rowCount ?? 0 }
    } catch (error) {
      throw toWorksongError(error, db.place, false)
    }
  }
}

function versionOf(server: Row): Found {
  try {
    checkVersion(server[0] as number)
    return { status: 'ok', text: `Postgres ${server[1]}` }
  } catch (error) {
    return { status: 'failed', text: wordsOf(error), fix: 'Use version 13 or later' }
  }
}

/** Tables that this version makes and that are not there. */
async function missingOf(asked: Look): Promise<string[]> {
  const names = [...TABLES.matchAll(/^create table (ws\.\w+)/gm)].map(([, name]) => name as string)
  const { rows } = await asked(`select ${names.map((name) => `to_regclass('${name}')::text`).join(', ')}`)
  return names.filter((_, index) => rows[0]?.[index] === null).map((name) => name.slice('ws.'.length))
}

/** The look with the shortest round trip tells most. */
async function clockOf(asked: Look): Promise<Found> {
  let best = { skew: 0, trip: Number.POSITIVE_INFINITY }
  for (let count = 0; count < CLOCK_LOOKS; count++) {
    const before = Date.now()
    const began = performance.now()
    const at = (await asked(CLOCK)).rows[0]?.[0] as number
    const trip = performance.now() - began
    if (trip < best.trip) best = { skew: at - (before + trip / 2), trip }
  }
  return ofClock(best.skew, best.trip / 2)
}

async function diskOf(asked: Look): Promise<Found> {
  const size = (await asked(SIZE)).rows[0]?.[0] as number
  return { status: 'unknown', text: `The database holds ${sizeOf(size)}; Postgres does not tell how much its disk has left` }
}

function primaryOf([, , recovering, readOnly]: Row): Found {
  if (recovering)
    return { status: 'failed', text: 'This is a standby, which cannot be written to', fix: 'Point the store URL at the primary' }
  if (!readOnly) return { status: 'ok', text: 'The server takes writes' }
  return {
    status: 'failed',
    text: 'Transactions are read-only here (default_transaction_read_only)',
    fix: 'Switch it off for this role and database',
  }
}

function durabilityOf([, , , , fsync, commit, pages]: Row): Found {
  const off = [fsync === 'off' && 'fsync', commit === 'off' && 'synchronous_commit', pages === 'off' && 'full_page_writes'].filter(Boolean)
  if (off.length === 0) return { status: 'ok', text: `A commit survives a crash (fsync on, synchronous_commit ${commit})` }
  const text = `${off.join(' and ')} off: a crash of the server may lose jobs that were accepted, or damage the database`
  return { status: 'warn', text, fix: `Switch ${off.join(' and ')} on, at the server and for this role` }
}

async function connectionsOf(asked: Look): Promise<Found> {
  const [used, most] = (await asked(CONNECTIONS)).rows[0] as [number, number]
  const text = `${used} of ${most} connections are in use`
  if (used <= most * MANY_CONNECTIONS) return { status: 'ok', text }
  return { status: 'warn', text, fix: 'Raise max_connections, lower maxConnections of the apps, or use a pooler' }
}

/** What an old snapshot may see cannot be cleaned up, and claims then walk over what is dead. */
async function transactionsOf(asked: Look): Promise<Found> {
  const [oldest, idle, hidden] = (await asked(OLDEST_TRANSACTION)).rows[0] as [number | null, number | null, number]
  const beside = hidden > 0 ? `; ${hidden} sessions of other users do not show theirs (grant pg_read_all_stats to see them)` : ''
  if (oldest === null) return { status: 'ok', text: `No other transaction is open${beside}` }
  const text = `The oldest open transaction is ${Math.round(oldest)} s old${idle === oldest ? ' and idle' : ''}${beside}`
  if (oldest <= OLD_TRANSACTION_S) return { status: 'ok', text }
  return {
    status: 'warn',
    text: `${text}: nothing that has been deleted since can be cleaned up, and claims become slow`,
    fix: 'End it (pg_stat_activity shows it, pg_terminate_backend ends it), and set idle_in_transaction_session_timeout',
  }
}

/** A message sent over the connection of the store must come in over the listening one. */
async function listenOf(db: Connections, options: Checked, asked: Look): Promise<Found> {
  if (options.listen === false) return { status: 'ok', text: 'LISTEN is switched off: the poll finds everything' }
  const channel = `${options.schema}_doctor`
  const token = Math.random().toString(36).slice(2)
  const listener = await db.direct()
  let timer: NodeJS.Timeout | undefined
  try {
    const heard = new Promise<boolean>((done) => {
      listener.on('notification', ({ payload }) => payload === token && done(true))
      timer = setTimeout(() => done(false), LISTEN_TIMEOUT_MS)
    })
    await listener.query(`listen ${channel}`)
    const began = performance.now()
    await asked(NOTIFY, [channel, token])
    if (await heard) return { status: 'ok', text: `A message came back in ${(performance.now() - began).toFixed(1)} ms` }
    return {
      status: 'warn',
      text: 'Messages do not come through (LISTEN): jobs wait for the poll, up to a second',
      fix: "Behind a pooler in transaction mode, give a direct URL: postgres({ url, listen: 'postgres://…' })",
    }
  } finally {
    clearTimeout(timer)
    await letGo(listener)
  }
}

async function letGo(client: Client): Promise<void> {
  await hangUp([client], () => client.end())
  cut(client)
}
