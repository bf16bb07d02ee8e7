/**
 * Hints between processes: NOTIFY after commit, off the write path, paced by its outbox; one LISTEN connection per engine. A message to
 * itself notices a connection that has gone deaf (half-open, or a pooler that swallows LISTEN); the poll is the truth meanwhile.
 */
import type { Client } from 'pg'
import { WorksongError } from '../../core/index.js'
import { type Hint, tellAll } from '../../engine/index.js'
import type { Connections } from './connection.js'
import { toWorksongError } from './errors.js'
import { cut, forAMoment, hangUp } from './hang-up.js'
import { Outbox } from './outbox.js'

const PING_EVERY_MS = 5000
const PING_TIMEOUT_MS = 2500
const MAX_RECONNECT_MS = 30_000

type OnHint = (hint: Hint) => void

export class Listener {
  readonly #connections: Connections
  readonly channel: string
  readonly #enabled: boolean
  readonly #self = Math.random().toString(36).slice(2)
  readonly #listeners = new Set<OnHint>()
  readonly #outbox = new Outbox((names) => this.#notify(names))
  /** Messages on their way. */
  readonly #sending = new Set<Promise<void>>()
  #client: Client | undefined
  #connecting: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #ponged = true
  /** Said to be down: not said again until a message has come through. */
  #down = false
  #backoff = 100
  #closed = false

  constructor(connections: Connections, schema: string, enabled: boolean) {
    this.#connections = connections
    this.channel = `${schema}_hints`
    this.#enabled = enabled
  }

  async listen(onHint: OnHint): Promise<() => Promise<void>> {
    if (this.#closed) throw new WorksongError('WS_CLOSED', 'The store is closed')
    this.#listeners.add(onHint)
    if (this.#enabled && !this.#client) await this.#connectOnce()
    return async () => {
      this.#listeners.delete(onHint)
      if (this.#listeners.size === 0) await this.#disconnect()
    }
  }

  /** Tell everyone, this process at once. Never throws. `jobs`: how many it is about, as far as known. */
  announce(queues: readonly string[], jobs = Number.POSITIVE_INFINITY): void {
    if (this.#closed) return
    this.#emit({ type: 'wake', queues })
    this.#outbox.add(queues, jobs)
  }

  /** A running job has been asked to end. */
  signal(): void {
    this.#emit({ type: 'signal' })
    this.#notify('!')
  }

  /** What was announced just now is still said, if the store takes it within a second. */
  async close(): Promise<void> {
    this.#outbox.close()
    this.#closed = true
    this.#listeners.clear()
    await forAMoment(Promise.all(this.#sending))
    await this.#disconnect()
  }

  #notify(text: string): void {
    if (!this.#enabled || this.#closed) return
    const sent = this.#connections.call('select pg_notify($1, $2)', [this.channel, `${this.#self} ${text}`])
    // Lost hints are what the poll is for.
    const done = () => void this.#sending.delete(over)
    const over = sent.then(done, done)
    this.#sending.add(over)
  }

  #emit(hint: Hint): void {
    tellAll(this.#listeners, hint)
  }

  /** Whoever stops listening waits for it, so that no connection is left behind. */
  #connectOnce(): Promise<void> {
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async #connect(): Promise<void> {
    let client: Client | undefined
    try {
      client = await this.#connections.direct()
      const made = client
      if (this.#closed || this.#listeners.size === 0) {
        await made.end()
        return
      }
      made.on('notification', (message) => this.#onMessage(message.payload ?? ''))
      made.on('end', () => this.#lost(made, new Error('the listening connection ended')))
      await made.query(`listen ${this.channel}`)
      this.#client = made
      this.#ping(made)
    } catch (error) {
      if (client) cut(client)
      this.#sayDown(toWorksongError(error, this.#connections.place, false))
      this.#later()
    }
  }

  #onMessage(payload: string): void {
    const space = payload.indexOf(' ')
    const sender = payload.slice(0, space)
    const text = payload.slice(space + 1)
    if (text === '?') {
      if (sender === this.#self) this.#onPong()
    } else if (text === '!') this.#emit({ type: 'signal' })
    else if (sender !== this.#self) this.#emit({ type: 'wake', queues: text.split(',') })
  }

  #onPong(): void {
    this.#ponged = true
    this.#backoff = 100
    if (this.#down) this.#emit({ type: 'up' })
    this.#down = false
  }

  #sayDown(error: Error): void {
    if (!this.#down) this.#emit({ type: 'down', error })
    this.#down = true
  }

  /** A message to itself over the same connection: it must come back. */
  #ping(client: Client): void {
    if (this.#client !== client) return
    this.#ponged = false
    client.query('select pg_notify($1, $2)', [this.channel, `${this.#self} ?`]).catch((error: Error) => this.#lost(client, error))
    this.#timer = setTimeout(() => {
      if (!this.#ponged) return this.#lost(client, new Error('the listening connection has gone deaf'))
      this.#timer = setTimeout(() => this.#ping(client), PING_EVERY_MS)
    }, PING_TIMEOUT_MS)
  }

  #lost(client: Client, error: Error): void {
    if (this.#client !== client) return
    this.#client = undefined
    clearTimeout(this.#timer)
    client.end().catch(() => undefined)
    cut(client)
    if (this.#closed || this.#listeners.size === 0) return
    this.#sayDown(error)
    this.#later()
  }

  #later(): void {
    if (this.#closed || this.#listeners.size === 0) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#connectOnce(), this.#backoff * (0.5 + Math.random()))
    this.#backoff = Math.min(this.#backoff * 2, MAX_RECONNECT_MS)
  }

  async #disconnect(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#connecting
    const client = this.#client
    this.#client = undefined
    if (client) await hangUp([client], () => client.end())
  }
}
