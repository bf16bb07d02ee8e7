/** How to reach a Postgres store. */
import { checkKeys, WorksongError } from '../../core/index.js'

export interface PostgresOptions {
  /** 'postgres://user:password@host:5432/database?sslmode=…'; `schema=…` in it is the same as `schema`. */
  url?: string | undefined
  /**
   * A `pg` Pool of the app's own, for its settings: Worksong connects in the same way, but by itself, so that handlers that hold every
   * client of the pool cannot keep it from writing. What the pool's listeners do to new clients is not done to Worksong's.
   */
  pool?: unknown | undefined
  /** For tokens that expire: asked at each new connection. */
  password?: (() => string | Promise<string>) | undefined
  /** The Postgres schema that holds everything; 'worksong' when absent. */
  schema?: string | undefined
  /** The most connections of Worksong's own pool; 8 when absent. One more listens, and one beats per worker. */
  maxConnections?: number | undefined
  /** A direct URL for LISTEN, where `url` leads through a pooler in transaction mode. `false`: no LISTEN; the poll finds everything. */
  listen?: string | false | undefined
  ssl?: unknown | undefined
  /** The longest any statement may take, in ms; 30,000 when absent. */
  statementTimeout?: number | undefined
}

const KEYS = ['url', 'pool', 'password', 'schema', 'maxConnections', 'listen', 'ssl', 'statementTimeout']
const SCHEMA = /^[a-z_][a-z0-9_]{0,48}$/

/** @throws WorksongError `WS_INVALID_OPTION` */
export function checkOptions(options: PostgresOptions): PostgresOptions & { schema: string } {
  checkKeys(options, KEYS, 'postgres options')
  if (!options.url === !options.pool) {
    throw new WorksongError('WS_INVALID_OPTION', 'postgres needs a url or a pool, and not both', { field: 'url' })
  }
  if (options.pool && typeof options.pool !== 'object') {
    throw new WorksongError('WS_INVALID_OPTION', 'pool is not a pg Pool', { fix: 'Give what new pg.Pool() gives.', field: 'pool' })
  }
  const { url, schema: named } = takeSchema(options.url)
  const schema = options.schema ?? named ?? 'worksong'
  if (!SCHEMA.test(schema)) {
    const fix = 'Use lower-case letters, digits and _, at most 49 characters.'
    throw new WorksongError('WS_INVALID_OPTION', `schema is not a plain Postgres name: ${String(schema).slice(0, 60)}`, {
      fix,
      field: 'schema',
    })
  }
  return { ...options, ...(url === undefined ? {} : { url }), schema }
}

/** `?schema=name` of a store URL is ours; the rest is the driver's. */
function takeSchema(text: string | undefined): { url?: string; schema?: string } {
  if (text === undefined || !text.includes('schema=')) return text === undefined ? {} : { url: text }
  try {
    const url = new URL(text)
    const schema = url.searchParams.get('schema')
    url.searchParams.delete('schema')
    return { url: url.href, ...(schema === null ? {} : { schema }) }
  } catch {
    return { url: text }
  }
}

/** The URL without its password, for words. */
export function placeOf(options: PostgresOptions): string {
  if (!options.url) return 'the given pool'
  try {
    const url = new URL(options.url)
    return `${url.protocol}//${url.username ? `${url.username}@` : ''}${url.host}${url.pathname}`
  } catch {
    return 'the given URL'
  }
}
