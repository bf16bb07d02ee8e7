/** Wall clocks to step under running processes: of all processes of a stage with its store, or of one of them. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testPostgres } from '../support/postgres.js'
import { type Proc, type Stage, type StageOptions, type WorkerConfig, withPg } from './stage.js'

export const HOUR = 3_600_000

/** Of a test's context. */
export type WhenFinished = NonNullable<StageOptions['onTestFinished']>

/** The clock of processes: a file that they all read. */
export class ProcessClock {
  readonly #file: string

  constructor(whenFinished: WhenFinished) {
    const folder = mkdtempSync(join(tmpdir(), 'worksong-clock-'))
    whenFinished(async () => rmSync(folder, { recursive: true, force: true }))
    this.#file = join(folder, 'step')
    this.step(0)
  }

  /** From now on the clock is `ms` ahead of the true time. In one piece: it may be read at any moment. */
  step(ms: number): void {
    writeFileSync(`${this.#file}.new`, String(ms))
    renameSync(`${this.#file}.new`, this.#file)
  }

  async worker(on: Stage, config: WorkerConfig): Promise<Proc> {
    return this.#run(on, 'worker.mjs', { concurrency: 10, ...config })
  }

  /** Enqueues `count` jobs 'work'. */
  async producer(on: Stage, config: Record<string, unknown>): Promise<Proc> {
    return this.#run(on, 'producer.mjs', config)
  }

  async #run(on: Stage, run: string, config: object): Promise<Proc> {
    const proc = on.spawn('stepped.mjs', { store: on.place, ...config, run, clock: this.#file })
    await proc.message()
    return proc
  }
}

export interface SteppedDatabase {
  readonly url: string
  /** From now on its clock is `ms` ahead of the true time. */
  step(ms: number): Promise<void>
}

/**
 * A database whose clock can be stepped, for all of its sessions: they find a clock_timestamp() and a now() of ours before the server's. Its
 * columns' defaults too, as what they call is looked up when they are made.
 */
export async function steppedDatabase(whenFinished: WhenFinished): Promise<SteppedDatabase> {
  const name = `d_${randomBytes(6).toString('hex')}`
  const url = Object.assign(new URL(testPostgres()), { pathname: `/${name}` }).href
  const run = (at: string, ...statements: readonly string[]) =>
    withPg(at, async (client) => {
      for (const sql of statements) await client.query(sql)
    })
  await run(testPostgres(), `create database ${name}`)
  whenFinished(() => run(testPostgres(), `drop database ${name} with (force)`))
  const stepped = (clock: string) => `create function stepped.${clock}() returns timestamptz language sql volatile as
    $f$ select pg_catalog.${clock}() + (select ms from stepped.step) * interval '1 ms' $f$`
  await run(
    url,
    'create schema stepped',
    'create table stepped.step as select 0::float8 ms',
    ...['clock_timestamp', 'now'].map(stepped),
    `alter database ${name} set search_path = stepped, pg_catalog, public`,
  )
  return {
    url,
    step: (ms) => withPg(url, async (client) => void (await client.query('update stepped.step set ms = $1', [ms]))),
  }
}
