/** From a store URL to an engine. The engine's module is loaded only when it is asked for. */
import { WorksongError } from '../core/index.js'
import type { Engine } from '../engine/index.js'

/** 'sqlite:worksong.db', 'sqlite::memory:', 'postgres://user@host/db', or what `sqlite()` and `postgres()` made. */
export type StoreOption = string | Engine

/** @throws WorksongError `WS_INVALID_OPTION` for what is neither a known URL nor an engine */
export async function openStore(store: StoreOption): Promise<Engine> {
  if (typeof store !== 'string') return store
  if (store.startsWith('sqlite:')) {
    const { sqlite } = await import('../engines/sqlite/index.js')
    return sqlite({ path: store.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '') })
  }
  const { postgres } = await import('../engines/postgres/index.js')
  return postgres({ url: store })
}

/** Whether the app makes its engine itself, and so may let go of it. */
export function isOwn(store: StoreOption): store is string {
  return typeof store === 'string'
}

/** Whether other processes can use the same store. */
export function isShared(store: StoreOption): boolean {
  return typeof store === 'string' ? !store.endsWith('::memory:') : store.capabilities.shared
}

/** Refuse at construction what could not be opened later. Nothing of it is repeated: it may hold a password, wherever that ended up. */
export function checkStore(store: unknown): StoreOption {
  if (typeof store === 'string') {
    const problem = doubt(store)
    if (problem === undefined) return store
    throw new WorksongError('WS_INVALID_OPTION', `store ${problem}`, { fix: FORMS, field: 'store' })
  }
  if (typeof store === 'object' && store !== null && typeof (store as Engine).claim === 'function') return store as Engine
  throw new WorksongError('WS_INVALID_OPTION', 'store is missing', { fix: FORMS, field: 'store' })
}

const FORMS = "Use 'sqlite:FILE', 'sqlite::memory:', 'postgres://user@host/database', or sqlite({…}) / postgres({…})."
/** Of other stores: these alone are surely no part of a password. */
const STRANGERS = /^(mysql|mariadb|mongodb|mongodb\+srv|redis|rediss|mssql|sqlserver|oracle|amqp|amqps|http|https|file|jdbc):/i
/** Behind 'sqlite:' and a drive: the rest of another store's URL, or of its options. */
const NO_FILE = /(?<!^file):\/\/|:[^@]*@|(pass|password|passwd|pwd|key|secret|token)=/i
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/^["'`\s]|["'`\s]$/, ': it has quotes or blanks around it'],
  [/^postgres(ql)?:(?!\/\/)/, ": it lacks the // behind 'postgres:'"],
  [/^(SQLite|Sqlite|SQLITE|Postgres|PostgreSQL|Postgresql|POSTGRES(QL)?):/, ': its beginning has to be in lower case'],
]

function doubt(store: string): string | undefined {
  // The engine judges the rest of it.
  if (/^postgres(ql)?:\/\/./.test(store)) return undefined
  const file = /^sqlite:(?:[a-z]:[\\/])?(.+)$/is.exec(store)?.[1]
  if (file !== undefined && NO_FILE.test(file)) return 'names as the file of SQLite what looks like the URL of another store'
  if (/^sqlite:./.test(store)) return undefined
  const stranger = STRANGERS.exec(store)?.[1]
  const hint = stranger ? `, but one of '${stranger.toLowerCase()}:'` : HINTS.find(([form]) => form.test(store))?.[1]
  return `is not a URL that Worksong knows${hint ?? ''}`
}
