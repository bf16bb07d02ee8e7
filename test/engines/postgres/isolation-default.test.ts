/** A database or a role whose transactions are stricter than ours by default: concurrency gives no serialization failure to anybody. */
import type pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Worksong } from '#dist/app/index.js'
import { defineJob, type EntryOutcome } from '#dist/client/index.js'
import { newId, retryAfter, typed } from '#dist/core/index.js'
import type { BeatConnection } from '#dist/engine/index.js'
import { postgres } from '#dist/engines/postgres/index.js'
import { endOf, newWorker, TestWorker, until } from '#dist/testing/conformance/index.js'
import { type StrictStore, strictDatabase, strictRole } from '../../support/strict.js'
import { TestLogger } from '../../worker/parts.js'
import { connect, engineOf, openEngine } from './parts.js'

const JOBS = 1500

/** Apps that share the work; all that they log above 'info' is noted. Every second job runs twice, the others may be cancelled. */
class Fleet {
  readonly log = new TestLogger()
  readonly runs = new Map<number, number>()
  readonly apps: readonly Worksong[]
  readonly job = defineJob({
    name: 'n',
    input: typed<number>(),
    run: (n) => (this.#run(n) === 1 && n % 2 === 1 ? retryAfter('1ms') : null),
  })

  constructor(store: StrictStore, size: number) {
    const newApp = () => new Worksong({ store: postgres(store), jobs: [this.job], logger: this.log, lease: { sweep: 50 } })
    this.apps = Array.from({ length: size }, newApp)
    onTestFinished(async () => void (await Promise.all(this.apps.map((app) => app.close()))))
  }

  #run(n: number): number {
    const runs = (this.runs.get(n) ?? 0) + 1
    this.runs.set(n, runs)
    return runs
  }

  async ended(): Promise<number> {
    const [queue] = (await this.apps[0]?.queues.list()) ?? []
    return (queue?.succeeded ?? 0) + (queue?.cancelled ?? 0)
  }
}

/** A transaction of ours under way on another connection. */
async function underWay({ url, schema }: StrictStore, sql: string, values: unknown[]): Promise<pg.Client> {
  const client = await connect(url)
  await client.query('begin isolation level read committed')
  await client.query(sql.replaceAll('ws.', `${schema}.`), values)
  return client
}

/** Do `work` while `other` is under way, which ends once it is waited for. */
async function meeting<T>(other: pg.Client, work: () => Promise<T>): Promise<T> {
  const { processID } = other as unknown as { processID: number }
  const watcher = await connect()
  const working = work()
  const blocked = 'select count(*)::int n from pg_stat_activity where $1 = any(pg_blocking_pids(pid))'
  await until(async () => ((await watcher.query(blocked, [processID])).rows[0] as { n: number }).n === 1, 'it waits for the other')
  await other.query('commit')
  return working
}

describe.each([
  ['a database whose default is serializable', strictDatabase, 'serializable'],
  ['a role whose default is repeatable read', strictRole, 'repeatable read'],
] as const)('%s', (_what, make, level) => {
  it('enqueues, claims, retries, cancels and ends as ever, from three apps at once', async () => {
    const fleet = new Fleet(await make(level), 3)
    const [first, second] = fleet.apps as [Worksong, Worksong]
    await first.start()
    for (const app of fleet.apps) await app.worker({ concurrency: 50 }).start()
    const cancels: Promise<string>[] = []
    const onOutcome = (outcome: EntryOutcome) => {
      if (outcome.status === 'enqueued' && outcome.index % 2 === 0) cancels.push(second.jobs.cancel(outcome.id))
    }
    const half = (from: number) => Array.from({ length: JOBS / 2 }, (_, at) => from + at)
    await Promise.all([
      first.enqueueMany(fleet.job, half(0), { onOutcome }),
      ...half(JOBS / 2).map((n) => fleet.apps[n % 3]?.enqueue(fleet.job, n)),
    ])
    expect((await Promise.all(cancels)).filter((result) => !['cancelled', 'requested', 'ended'].includes(result))).toEqual([])
    await until(async () => (await fleet.ended()) === JOBS, 'all have ended')
    expect([...fleet.runs].filter(([n, runs]) => (n % 2 === 1 ? runs !== 2 : runs > 1))).toEqual([])
    // Half of the jobs ask to be tried again, which is said of each.
    const unexpected = fleet.log.lines.filter(({ level, code }) => (level === 'warn' || level === 'error') && code !== 'job.failed')
    expect(unexpected).toEqual([])
  })

  it('is migrated by two at once, of whom the second finds nothing to do', async () => {
    const store = await make(level)
    const engines = [engineOf(store), engineOf(store)]
    for (const engine of engines) await engine.open()
    const applied = await Promise.all(engines.map((engine) => engine.migrate()))
    expect(applied.map((names) => names.length > 0).sort()).toEqual([false, true])
  })

  it('sees a cancel that was asked for while it waited to write the end', async () => {
    const store = await make(level)
    const engine = await openEngine(store)
    const worker = new TestWorker(engine, newWorker())
    await engine.registerWorker(worker.info)
    await engine.insertJobs({ jobs: [{ id: newId(), queue: 'q', kind: 'k', priority: 0, maxAttempts: 5, payload: '{}' }] })
    const jobs = await worker.take()
    const cancel = await underWay(store, 'select ws.cancel_1($1::uuid[], null, null)', [jobs.map(({ id }) => id)])
    const ends = jobs.map((job) => endOf(job, 'retrying'))
    expect(await meeting(cancel, () => worker.finish(ends))).toEqual({ refused: [], cancelled: [0] })
  })

  it('beats once another beat of the same worker is done, also from the thread', async () => {
    const store = await make(level)
    const engine = await openEngine(store)
    const { id } = newWorker()
    await engine.registerWorker(newWorker({ id }))
    const source = await engine.beatSource()
    const { openBeat } = (await import(source?.module as string)) as { openBeat(config: unknown): Promise<BeatConnection> }
    const thread = await openBeat(structuredClone(source?.config))
    onTestFinished(() => thread.close())
    for (const beat of [() => engine.beat({ worker: id }), () => thread.beat(id)]) {
      const other = await underWay(store, 'update ws.workers set beat = beat + 1 where id = $1', [id])
      expect(await meeting(other, beat)).toBe(true)
    }
  })
})
