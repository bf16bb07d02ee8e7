/** The Postgres engine: each method is one statement, which is one transaction. SQL lives in sql/, one file per noun. */
import { isId, type JobState, WorksongError } from '../../core/index.js'
import type {
  BeatSource,
  CancelResult,
  Capabilities,
  Check,
  Claimed,
  ClaimRequest,
  DeleteResult,
  Engine,
  FinishRequest,
  FinishResult,
  Hint,
  InsertResult,
  JobFilter,
  JobPage,
  JobRecord,
  LogLine,
  LogWrite,
  NewJob,
  ProgressWrite,
  Pulse,
  QueueRecord,
  Rescue,
  RetryResult,
  SchemaStatus,
  Settled,
  WorkerInfo,
  WorkerRecord,
  WorkerWish,
} from '../../engine/index.js'
import { recordArguments, statesArgument } from './arguments.js'
import { Connections, type Row } from './connection.js'
import { diagnose } from './diagnose.js'
import { textArray, uuidArray } from './encode.js'
import { insertJobs } from './insert.js'
import { listJobs } from './list.js'
import { Listener } from './listener.js'
import { migrate, schemaStatus } from './migrations.js'
import { type Checked, checkOptions, type PostgresOptions } from './options.js'
import { listQueues } from './queues.js'
import * as rows from './rows.js'
import { sendable } from './sendable.js'
import { CALL_CANCEL } from './sql/cancel.js'
import { TAKE_CHORE } from './sql/chores.js'
import { CALL_DELETE } from './sql/delete.js'
import { GET, READ_LOGS, SETTLED } from './sql/jobs.js'
import { CALL_PROMOTE } from './sql/promote.js'
import { CALL_PRUNE, CALL_TIDY } from './sql/prune.js'
import { PAUSE, RESUME } from './sql/queues.js'
import { CALL_RECORD } from './sql/record.js'
import { CALL_RESCUE } from './sql/rescue.js'
import { CALL_RETRY } from './sql/retry.js'
import { BEAT, CALL_PULSE, LIST, LOSE, REGISTER, RETIRE, WATCH, WISH } from './sql/workers.js'
import { Turns } from './turns.js'

const TIDY_STEP = 50_000

export class PostgresEngine implements Engine {
  readonly name = 'postgres'
  readonly place: string
  readonly capabilities: Capabilities
  readonly #options: Checked
  readonly #schema: string
  readonly #db: Connections
  readonly #listener: Listener
  readonly #turns: Turns

  constructor(given: PostgresOptions) {
    const options = checkOptions(given)
    this.#options = options
    this.#schema = options.schema
    this.#db = new Connections(options)
    this.#turns = new Turns(this.#db)
    this.place = this.#db.place
    this.#listener = new Listener(this.#db, options.schema, options.listen !== false)
    this.capabilities = {
      shared: true,
      parallelInserts: 2,
      insertChunk: 1000,
      actChunk: 1000,
      lanes: 2,
      notifies: options.listen !== false,
    }
  }

  async open(): Promise<void> {
    await this.#db.open()
  }

  async close(): Promise<void> {
    await this.#listener.close()
    await this.#db.close()
  }

  schemaStatus(): Promise<SchemaStatus> {
    return schemaStatus(this.#db)
  }

  migrate(): Promise<readonly string[]> {
    return migrate(this.#db, this.#schema)
  }

  insertJobs(p: { jobs: readonly NewJob[]; tx?: unknown }): Promise<readonly InsertResult[]> {
    return insertJobs(this.#db, this.#listener, p)
  }

  announce(queues: readonly string[]): void {
    this.#listener.announce(queues)
  }

  async claim(p: ClaimRequest & { worker: string }): Promise<Claimed> {
    return (await this.#turns.turn(p.worker, undefined, p)).claimed
  }

  finishIfOwned(p: FinishRequest): Promise<FinishResult> {
    return this.#turns.turn(p.worker, p, undefined)
  }

  finishThenClaim(p: FinishRequest & { claim: ClaimRequest }): Promise<FinishResult & { claimed: Claimed }> {
    return this.#turns.turn(p.worker, p, p.claim)
  }

  async recordIfOwned(p: { progress: readonly ProgressWrite[]; logs: readonly LogWrite[]; maxLines: number }): Promise<readonly string[]> {
    if (p.progress.length + p.logs.length === 0) return []
    const [refused] = await this.#db.call(CALL_RECORD, recordArguments(p))
    return (refused as string[] | null) ?? []
  }

  async registerWorker(p: WorkerInfo): Promise<void> {
    const { id, name, host, pid, version, queues, kinds, labels, concurrency, leaseMs } = p
    await this.#db.query(REGISTER, [
      id,
      name,
      host,
      pid,
      version,
      textArray(queues),
      textArray(kinds),
      textArray(labels),
      concurrency,
      leaseMs,
    ])
  }

  async beat(p: { worker: string }): Promise<boolean> {
    return (await this.#db.query(BEAT, [p.worker])).rowCount === 1
  }

  async beatSource(): Promise<BeatSource | null> {
    const options = await sendable({ ...(await this.#db.config()) })
    return { module: new URL('./beat.js', import.meta.url).href, config: { options, schema: this.#schema } }
  }

  async pulse(p: { worker: string; queues: readonly string[] }): Promise<Pulse> {
    const row = await this.#db.call(CALL_PULSE, [p.worker, textArray(p.queues)])
    const signals = ((row[1] ?? []) as [string, 'cancel', string | null][]).map(([id, kind, reason]) => ({ id, kind, reason }))
    const [known, , lanes, nextDueMs, now, wish] = row as [boolean, unknown, string[], number | null, number, WorkerWish | null]
    return { known, wish, signals, lanes, nextDueMs, now }
  }

  async retireWorker(p: { worker: string }): Promise<void> {
    await this.#db.query(RETIRE, [p.worker])
  }

  async listWorkers(): Promise<readonly WorkerRecord[]> {
    return (await this.#db.query(LIST)).rows.map(rows.worker)
  }

  async wishWorker(p: { worker: string; wish: WorkerWish | null }): Promise<boolean> {
    const told = (await this.#db.query(WISH, [p.worker, p.wish])).rowCount === 1
    if (told) this.#listener.signal()
    return told
  }

  async watchWorker(p: { worker: string; beat: number; maxGapMs: number }): Promise<number> {
    return ((await this.#db.query(WATCH, [p.worker, p.beat, p.maxGapMs])).rows[0]?.[0] as number | undefined) ?? 0
  }

  async loseWorkerIfSilent(p: { worker: string; beat: number }): Promise<boolean> {
    return (await this.#db.query(LOSE, [p.worker, p.beat])).rowCount === 1
  }

  async rescueJobs(p: { limit: number; maxCrashes: number }): Promise<Rescue> {
    return rows.rescue((await this.#db.query(CALL_RESCUE, [p.limit, p.maxCrashes])).rows[0] as Row)
  }

  async promoteDue(p: {
    limit: number
    aheadMs?: number
  }): Promise<{ promoted: number; lanes: readonly string[]; nextDueMs: number | null }> {
    const row = (await this.#db.query(CALL_PROMOTE, [p.limit, p.aheadMs ?? 0])).rows[0] as Row
    return { promoted: Number(row[0]), lanes: row[1] as string[], nextDueMs: row[2] as number | null }
  }

  async pruneJobs(p: {
    succeededMs: number | null
    cancelledMs: number | null
    deadMs: number | null
    limit: number
    after?: string
  }): Promise<{ pruned: number; next: string | null }> {
    if (p.after === undefined) await this.#tidy()
    const values = [p.after ?? null, p.limit, p.succeededMs, p.cancelledMs, p.deadMs]
    const row = (await this.#db.query(CALL_PRUNE, values)).rows[0] as Row
    return { pruned: row[0] as number, next: row[1] as string | null }
  }

  async takeChore(p: { name: string; everyMs: number }): Promise<boolean> {
    return (await this.#db.query(TAKE_CHORE, [p.name, p.everyMs])).rowCount === 1
  }

  async cancelJobs(p: { ids: readonly string[]; reason: string | null; states?: readonly JobState[] }): Promise<readonly CancelResult[]> {
    const found = await this.#byId<CancelResult>(CALL_CANCEL, p.ids, [p.reason, statesArgument(p.states)])
    if (found.includes('requested')) this.#listener.signal()
    return found
  }

  retryJobs(p: { ids: readonly string[]; states?: readonly JobState[] }): Promise<readonly RetryResult[]> {
    return this.#byId<RetryResult>(CALL_RETRY, p.ids, [statesArgument(p.states)])
  }

  deleteJobs(p: { ids: readonly string[]; states?: readonly JobState[] }): Promise<readonly DeleteResult[]> {
    return this.#byId<DeleteResult>(CALL_DELETE, p.ids, [statesArgument(p.states)])
  }

  async getJob(p: { id: string }): Promise<JobRecord | null> {
    if (!isId(p.id)) return null
    const row = (await this.#db.query(GET, [p.id])).rows[0]
    return row ? rows.record(row) : null
  }

  listJobs(p: { filter: JobFilter; limit: number; after?: string }): Promise<JobPage> {
    return listJobs(this.#db, p)
  }

  async readLogs(p: { id: string; after: number; limit: number }): Promise<readonly LogLine[]> {
    if (!isId(p.id)) return []
    const { rows: lines } = await this.#db.query(READ_LOGS, [p.id, p.after, p.limit])
    return lines.map(([seq, claim, at, level, line]) => ({ seq, claim, at, level, line }) as LogLine)
  }

  async settledJobs(p: { ids: readonly string[] }): Promise<readonly Settled[]> {
    const { rows: found } = await this.#db.query(SETTLED, [uuidArray(p.ids.filter(isId))])
    return found.map((row) => ({ id: row[0] as string, state: rows.stateOf(row[1]) as Settled['state'], body: row[2] as string | null }))
  }

  listQueues(): Promise<readonly QueueRecord[]> {
    return listQueues(this.#db)
  }

  async pauseQueue(p: { queue: string; by: string | null; reason: string | null }): Promise<void> {
    await this.#db.query(PAUSE, [p.queue, p.by, p.reason])
  }

  async resumeQueue(p: { queue: string }): Promise<void> {
    await this.#db.query(RESUME, [p.queue])
    this.announce([p.queue])
  }

  diagnose(): Promise<readonly Check[]> {
    return diagnose(this.#db, this.#options)
  }

  listen(onHint: (hint: Hint) => void): Promise<() => Promise<void>> {
    return this.#listener.listen(onHint)
  }

  /** In steps: a busy minute leaves hundreds of thousands of deltas. A step that merges few of its rows is the last. */
  async #tidy(): Promise<void> {
    for (let merged = TIDY_STEP; merged > TIDY_STEP / 2; ) merged = (await this.#db.query(CALL_TIDY, [TIDY_STEP])).rows[0]?.[0] as number
  }

  async #byId<R extends string>(text: string, ids: readonly string[], more: readonly unknown[]): Promise<R[]> {
    const asked = ids.filter(isId)
    if (asked.length === 0) return ids.map(() => 'missing' as R)
    const row = (await this.#db.query(text, [uuidArray(asked), ...more])).rows[0]
    if (!row) throw new WorksongError('WS_STORE_FAILED', 'The store gave no answer')
    const results = new Map((row[0] as string[]).map((id, at) => [id, (row[1] as R[])[at] as R]))
    return ids.map((id) => results.get(id) ?? ('missing' as R))
  }
}
