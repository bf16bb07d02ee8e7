/** How to reach a Postgres store. */
import { checkKeys, type Duration, parseDuration, show, WorksongError, wholeNumber } from '../../core/index.js'
import { readUrl } from './url.js'

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
  /** The longest any statement may take; '30s' when absent. */
  statementTimeout?: Duration | undefined
}

/** The options that were given, checked, and the defaults of those that were not. */
export interface Checked extends PostgresOptions {
  readonly schema: string
  readonly maxConnections: number
  /** In ms. */
  readonly statementTimeout: number
  /** The store in words, without its password. */
  readonly place: string
}

const KEYS = ['url', 'pool', 'password', 'schema', 'maxConnections', 'listen', 'ssl', 'statementTimeout']
const SCHEMA = /^[a-z_][a-z0-9_]{0,48}$/
/** Names that Postgres keeps for itself. All others are quoted, so that words of SQL may be used. */
const RESERVED = /^(pg_.*|information_schema)$/
/** What a timer can wait: past it, it fires at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** @throws WorksongError `WS_INVALID_OPTION`, `WS_INVALID_DURATION` */
export function checkOptions(options: PostgresOptions): Checked {
  checkKeys(options, KEYS, 'postgres options')
  checkPlace(options)
  const { password, listen, ssl } = options
  if (password !== undefined && typeof password !== 'function')
    throw bad('password', 'password is not a function', 'Give a function that returns it, or put it into the url.')
  if (listen !== undefined && listen !== false && (typeof listen !== 'string' || listen === ''))
    throw bad('listen', `listen is neither a URL nor false: ${show(listen)}`)
  if (ssl !== undefined && !['boolean', 'string', 'object'].includes(typeof ssl))
    throw bad('ssl', `ssl is nothing that pg takes: ${show(ssl)}`, 'Give true, false, or an object as for tls.connect().')
  const url = options.url === undefined ? undefined : readUrl(options.url, 'url')
  return {
    ...options,
    ...(url ? { url: url.text } : {}),
    ...(typeof listen === 'string' ? { listen: readUrl(listen, 'listen').text } : {}),
    place: url?.place ?? 'the given pool',
    schema: checkSchema(options.schema ?? url?.schema ?? 'worksong'),
    maxConnections: wholeNumber(options.maxConnections, 'maxConnections', 8, 1, 10_000),
    statementTimeout: checkTimeout(options.statementTimeout ?? '30s'),
  }
}

/** Where the store is: nothing of it is shown, for it may hold a password. */
function checkPlace({ url, pool }: PostgresOptions): void {
  if (!url === !pool) throw bad('url', 'postgres needs a url or a pool, and not both')
  if (url !== undefined && typeof url !== 'string') {
    throw bad('url', `url is not text but a ${typeof url}`, "Give 'postgres://user:password@host:5432/database'.")
  }
  if (pool && typeof pool !== 'object') throw bad('pool', 'pool is not a pg Pool', 'Give what new pg.Pool() gives.')
}

function checkSchema(schema: unknown): string {
  const given = show(schema)
  if (typeof schema !== 'string' || !SCHEMA.test(schema)) {
    const fix = 'Use lower-case letters, digits and _, at most 49 characters.'
    throw bad('schema', `schema is not a plain Postgres name: ${given}`, fix)
  }
  if (RESERVED.test(schema)) throw bad('schema', `schema is a name that Postgres keeps for itself: ${given}`, "Choose one without 'pg_'.")
  return schema
}

function checkTimeout(given: Duration): number {
  const ms = parseDuration(given, 'statementTimeout')
  if (ms >= 1 && ms <= MAX_TIMEOUT_MS) return ms
  throw bad('statementTimeout', `statementTimeout is not from 1ms to 24d: ${show(given)}`)
}

function bad(field: string, problem: string, fix?: string): WorksongError {
  return new WorksongError('WS_INVALID_OPTION', problem, { field, ...(fix === undefined ? {} : { fix }) })
}
