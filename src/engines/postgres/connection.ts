/**
 * Connections: a pool for statements, a direct one for LISTEN, one per heartbeat thread. Nothing of a session is relied on in the pool,
 * except, where a connection is seen to be one session of the server, that a statement which was prepared once is still there.
 */
import type { Client, ClientConfig, Pool, PoolClient, QueryArrayConfig, QueryArrayResult } from 'pg'
import { WorksongError } from '../../core/index.js'
import { cancelIfTimedOut } from './cancel-request.js'
import { isPreparedFault, toWorksongError } from './errors.js'
import { hangUp } from './hang-up.js'
import type { Checked, PostgresOptions } from './options.js'
import { BEGIN, qualified } from './sql/settings.js'

const CONNECT_TIMEOUT_MS = 10_000

export type Row = unknown[]
type Answer = { rows: Row[]; rowCount: number }

export class Connections {
  readonly place: string
  readonly #options: Checked
  #pool: Pool | undefined
  #closed = false
  /** The store has served a call: what it refuses from now on (rights, passwords, tables) may be granted again. */
  #proven = false

  constructor(options: Checked) {
    this.#options = options
    this.place = options.place
  }

  /** Connect, and see that the server answers. */
  async open(): Promise<void> {
    if (!this.#pool && !this.#closed) this.#pool = await this.#newPool()
    await this.#survey()
  }

  async #newPool(): Promise<Pool> {
    const pg = await loadPg()
    const { maxConnections, password } = this.#options
    const Client = clientWith(this.#givenClient() ?? pg.Client, password) as new () => Client
    const pool = new pg.Pool({
      ...(await this.config()),
      Client,
      min: 0,
      max: maxConnections,
      idleTimeoutMillis: 30_000,
      // Connections that nobody uses keep no process alive: an app that only enqueues ends when its work is done, as on SQLite.
      allowExitOnIdle: true,
    })
    // An idle connection that breaks is replaced when next needed; without a listener the process would die of it.
    pool.on('error', () => undefined)
    // Here and not after connect(), which resolves a moment later: the bytes of the welcome may hold the farewell too.
    pool.on('connect', (client) => void this.#guarded(client))
    return pool
  }

  /**
   * Whether transactions begin as ours must: a statement has to see what was committed before it. And whether the server itself is at the
   * other end: a pooler, which may give each statement to another session, has told the client another process than the one that answers.
   */
  async #survey(): Promise<void> {
    const survey = `select current_setting('default_transaction_isolation'), pg_backend_pid()`
    const [isolation, process, told] = await this.#with(async (client) => {
      const { rows } = await client.query({ text: survey, rowMode: 'array' })
      return [...(rows[0] as Row), (client as { processID?: number }).processID]
    })
    this.#strict = isolation !== 'read committed'
    this.#prepares = process === told
  }
  #strict = false
  #prepares = false

  /** Where they do not, each says so itself: behind a pooler, a setting of the session would be left to others, and not be there for us. */
  async #run(client: PoolClient, query: QueryArrayConfig): Promise<QueryArrayResult> {
    if (!this.#strict) return client.query(query)
    await client.query(BEGIN)
    const result = await client.query(query)
    await client.query('commit')
    return result
  }

  /** A caller's pool may make clients of its own class. */
  #givenClient(): typeof Client | undefined {
    return (this.#options.pool as Pool | undefined)?.options?.Client as typeof Client | undefined
  }

  /** Run one statement, which is one transaction. Rows as arrays. `ws.` in it stands for the schema. */
  async query(text: string, values: readonly unknown[] = []): Promise<Answer> {
    const answer = await this.look(text, values)
    this.#proven = true
    return answer
  }

  /**
   * `query` for the one row of a function call of ours, of which there are few and whose plan does not depend on its arguments:
   * prepared once per connection where that is possible (a seventh of a single insert is parsing).
   */
  async call(text: string, values: readonly unknown[]): Promise<Row> {
    if (!this.#prepares) return (await this.query(text, values)).rows[0] as Row
    try {
      const answer = await this.#answer({ ...this.#plain(text, values), name: this.#nameOf(text) })
      this.#proven = true
      return answer.rows[0] as Row
    } catch (error) {
      if (!isPreparedFault(error)) throw error
      // Somebody stands between after all. Nothing of it has been done.
      this.#prepares = false
      return this.call(text, values)
    }
  }

  /** `query`, of which nothing is concluded: a server that answers may still lack all that we need. */
  look(text: string, values: readonly unknown[] = []): Promise<Answer> {
    return this.#answer(this.#plain(text, values))
  }

  /** With the schema: a pooler that we did not see may give us a session in which another app has prepared the function of its own. */
  #nameOf(call: string): string {
    return `${this.#options.schema}.${/(\w+)\(/.exec(call)?.[1]}`
  }

  #plain(text: string, values: readonly unknown[]): QueryArrayConfig {
    return { text: this.qualify(text), values: values as unknown[], rowMode: 'array' }
  }

  async #answer(query: QueryArrayConfig): Promise<Answer> {
    const result = await this.#with((client) => this.#run(client, query))
    return { rows: result.rows as Row[], rowCount: result.rowCount ?? 0 }
  }

  async #with<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#connect()
    try {
      const result = await work(client)
      client.release()
      return result
    } catch (error) {
      await cancelIfTimedOut(client, error)
      const typed = toWorksongError(error, this.place, true, this.#proven)
      const broken = typed.code === 'WS_STORE_UNREACHABLE'
      if (this.#strict && !broken) await client.query('rollback').catch(() => undefined)
      client.release(broken)
      throw typed
    }
  }

  /** Run several statements in one transaction. */
  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#connect()
    try {
      await client.query(BEGIN)
      const result = await work(client)
      await client.query('commit')
      client.release()
      return result
    } catch (error) {
      await cancelIfTimedOut(client, error)
      const typed = toWorksongError(error, this.place, true, this.#proven)
      await client.query('rollback').catch(() => undefined)
      client.release(typed.code === 'WS_STORE_UNREACHABLE')
      throw typed
    }
  }

  /** A connection of its own, outside the pool; by default the direct one, where two ways are given. The caller ends it. */
  async direct(way: 'listen' | 'pool' = 'listen'): Promise<Client> {
    const pg = await loadPg()
    const { listen, password } = this.#options
    const DirectClient = clientWith(pg.Client, password)
    const client = new DirectClient(
      typeof listen === 'string' && way === 'listen' ? { ...(await this.config()), connectionString: listen } : await this.config(),
    )
    client.on('error', () => undefined)
    try {
      await client.connect()
    } catch (error) {
      await hangUp([client], () => client.end())
      throw toWorksongError(error, this.place, false)
    }
    return client
  }

  /** What a new connection needs. Of a caller's pool the settings, not the clients: handlers may hold all of those while we must write. */
  async config(): Promise<ClientConfig> {
    const { url, pool, password, ssl, statementTimeout } = this.#options
    const shared: ClientConfig = {
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: statementTimeout,
      keepAlive: true,
      ...(ssl === undefined ? {} : { ssl: ssl as NonNullable<ClientConfig['ssl']> }),
      ...(password === undefined ? {} : { password }),
    }
    // A pool hides its password from enumeration.
    const own = pool ? (pool as Pool).options : undefined
    const hidden = own?.password === undefined ? {} : { password: own.password }
    return own ? { ...own, ...hidden, ...shared } : { connectionString: url as string, ...shared }
  }

  /** What tells this store from every other. */
  async storeId(): Promise<string> {
    this.#storeId ??= (await this.query('select store from ws.meta')).rows[0]?.[0] as string
    return this.#storeId
  }
  #storeId: string | undefined

  /** The text with the schema's name in it. Cached by the engine's constants being few. */
  qualify(text: string): string {
    let known = this.#qualified.get(text)
    if (known === undefined) {
      known = qualified(text, this.#options.schema)
      this.#qualified.set(text, known)
    }
    return known
  }
  readonly #qualified = new Map<string, string>()

  async close(): Promise<void> {
    this.#closed = true
    const pool = this.#pool
    this.#pool = undefined
    if (pool) await hangUp(this.#known, () => pool.end())
  }

  /** A connection that breaks says so by an event too, beside failing its statement; unheard, it would end the process. */
  #guarded(client: PoolClient): PoolClient {
    if (this.#known.has(client)) return client
    this.#known.add(client)
    client.on('error', () => undefined)
    client.once('end', () => this.#known.delete(client))
    return client
  }
  readonly #known = new Set<PoolClient>()

  async #connect(): Promise<PoolClient> {
    if (this.#closed) throw new WorksongError('WS_CLOSED', 'The store is closed')
    if (!this.#pool) throw new WorksongError('WS_CLOSED', 'The store is not open', { fix: 'Call open() first.' })
    try {
      return this.#guarded(await this.#pool.connect())
    } catch (error) {
      throw toWorksongError(error, this.place, false, this.#proven)
    }
  }
}

/** The driver lets the URL's password win, even where the URL has none; a function given beside it wins here. */
function clientWith(Base: typeof Client, password: PostgresOptions['password']): typeof Client {
  if (!password) return Base
  return class extends Base {
    constructor(config?: string | ClientConfig) {
      super(config)
      Object.assign(this, { password: typeof password === 'function' ? () => asked(password) : password })
    }
  }
}

/** Told apart from what the driver says by itself: it may read a file, or ask a service that is away for a while. */
async function asked(password: () => string | Promise<string>): Promise<string> {
  try {
    return await password()
  } catch (cause) {
    const fix = 'Look at the cause: it is what the function threw. It is asked again at each new connection.'
    throw new WorksongError('WS_STORE_PASSWORD', 'The password function failed', { cause, fix, retryable: true })
  }
}

async function loadPg(): Promise<Pick<typeof import('pg'), 'Pool' | 'Client'>> {
  try {
    return (await import('pg')).default
  } catch (cause) {
    throw new WorksongError('WS_DRIVER_MISSING', "The library 'pg' could not be loaded", { cause, fix: 'Run npm install pg.' })
  }
}
