/**
 * What must hold of a SQLite file whose process was killed, whatever it was doing: the file is whole, each job is in one place, the counts
 * are what counting gives, what was answered is there, and what was not is there as a whole or not at all.
 */
import { newId } from '#dist/core/index.js'
import type { Engine } from '#dist/engine/index.js'
import { sqlite } from '#dist/engines/sqlite/index.js'
import { DatabaseSync } from '../support/sqlite.js'

/** What the killed process told: see fixtures/sqlite-victim.mjs. */
export interface Told {
  readonly ev: 'begins' | 'try' | 'ok' | 'dies' | 'done'
  readonly method?: string
  readonly ids?: readonly string[]
  readonly ends?: readonly { readonly id: string; readonly claim: number; readonly end: string }[]
  readonly refused?: readonly number[]
  readonly at?: string
  readonly points?: number
  readonly passed?: readonly string[]
}

type Row = Record<string, string | number>

const PLACES = `
with held as (select json_extract(i.value, '$[0]') as seq, json_extract(i.value, '$[1]') as claim from worksong_leases l, json_each(l.items) i),
running as (select seq from held h where not exists (select 1 from worksong_ends e where e.seq = h.seq and e.claim = h.claim)),
places as (select seq, 'queued' as place from worksong_ready union all select seq, 'scheduled' from worksong_scheduled
  union all select seq, 'blocked' from worksong_blocked union all select seq, 'running' from running
  union all select seq, case end when 1 then 'succeeded' when 2 then 'dead' else 'cancelled' end
    from worksong_ends where end <= 3 and reopened = 0)`

const LOST_OR_TWICE = `${PLACES} select j.id, count(p.place) as n, coalesce(group_concat(p.place), 'nowhere') as places
  from worksong_jobs j left join places p on p.seq = j.seq group by j.seq having count(p.place) <> 1`
/** A lease may still name a job that ended and was deleted; once all workers are gone none may be left. */
const NOBODYS = `${PLACES} select p.seq, p.place from places p where p.seq not in (select seq from worksong_jobs)
  and (p.place <> 'running' or ?)`
const COUNTED = `${PLACES}, counted as (select coalesce(m.queue, j.queue) as queue, p.place as state, count(*) as n
  from worksong_jobs j join places p on p.seq = j.seq left join worksong_placed m on m.seq = j.seq group by 1, 2)
  select queue, state, sum(n) as n, sum(t) as told from (select queue, state, n, 0 as t from counted
    union all select queue, state, 0, n from worksong_tallies) group by 1, 2 having sum(n) <> sum(t)`
const LEFT_BEHIND = ['ends', 'progress', 'logs', 'job_refs', 'placed', 'signals']

/** Everything that is wrong, one line each. */
export async function accounts(path: string, told: readonly Told[]): Promise<string[]> {
  const wrong = lookInside(path)
  const engine = sqlite({ path })
  try {
    await engine.open()
    await engine.migrate()
    wrong.push(...(await keptItsWord(engine, told)))
  } finally {
    await engine.close()
  }
  wrong.push(...(await goesOn(path)))
  return wrong
}

/** By SQL, without the engine: what it would say about itself is not asked. @param quiet nothing runs any more */
function lookInside(path: string, quiet = false): string[] {
  const db = new DatabaseSync(path)
  try {
    const all = (sql: string, ...values: number[]) => db.prepare(sql).all(...values) as unknown as Row[]
    const wrong: string[] = []
    const whole = all('pragma integrity_check').map((row) => String(row.integrity_check))
    if (whole.join() !== 'ok') wrong.push(`the file is damaged: ${whole.slice(0, 3).join('; ')}`)
    const tables = all("select count(*) as n from sqlite_master where type = 'table' and name like 'worksong%'")[0]?.n
    if (tables === 0) return wrong
    for (const { id, places } of all(LOST_OR_TWICE)) wrong.push(`I1/I4 ${id} is ${places}`)
    for (const { seq, place } of all(NOBODYS, Number(quiet))) wrong.push(`I4 entry ${seq} is ${place} and has no job`)
    for (const { queue, state, n, told } of all(COUNTED)) wrong.push(`I8 ${n} jobs of ${queue} are ${state}, ${told} are counted`)
    for (const table of LEFT_BEHIND) {
      const left = all(`select count(*) as n from worksong_${table} where seq not in (select seq from worksong_jobs)`)[0]?.n
      if (left !== 0) wrong.push(`${left} rows of ${table} have no job`)
    }
    return wrong
  } finally {
    db.close()
  }
}

/** Answered: done. Not answered: done as a whole, or not at all. */
async function keptItsWord(engine: Engine, told: readonly Told[]): Promise<string[]> {
  const wrong: string[] = []
  const mayBeGone = goneByOrder(told)
  for (const [at, line] of told.entries()) {
    if (line.ev !== 'try' || !(line.method === 'insertJobs' || line.ends)) continue
    const answer = told[at + 1]
    const answered = answer?.ev === 'ok'
    const done = line.ends
      ? await endsThere(engine, line.ends, answer?.refused ?? [], mayBeGone)
      : await jobsThere(engine, line.ids ?? [], mayBeGone)
    const count = done.filter(Boolean).length
    if (answered ? count < done.length : count > 0 && count < done.length)
      wrong.push(`${line.method} ${answered ? 'answered' : 'unanswered'}: ${count} of ${done.length} are there`)
  }
  return wrong
}

async function jobsThere(engine: Engine, ids: readonly string[], mayBeGone: ReadonlySet<string>): Promise<boolean[]> {
  const expected = ids.filter((id) => !mayBeGone.has(id))
  return Promise.all(expected.map(async (id) => (await engine.getJob({ id })) !== null))
}

type Ends = NonNullable<Told['ends']>

/** An end may have been turned into `cancelled`, when somebody had asked for that. */
async function endsThere(engine: Engine, ends: Ends, refused: readonly number[], mayBeGone: ReadonlySet<string>): Promise<boolean[]> {
  const expected = ends.filter(({ id }, at) => !refused.includes(at) && !mayBeGone.has(id))
  return Promise.all(
    expected.map(async ({ id, claim, end }) => {
      const written = (await engine.getJob({ id }))?.attempts.find((one) => one.claim === claim)?.end
      return written === end || written === 'cancelled'
    }),
  )
}

/** Ids that somebody had deleted, or cancelled before a prune of the cancelled. */
function goneByOrder(told: readonly Told[]): Set<string> {
  const gone = new Set<string>()
  for (const { ev, method, ids = [], ends = [] } of told) {
    if (ev !== 'try') continue
    if (method === 'deleteJobs' || method === 'cancelJobs') for (const id of ids) gone.add(id)
    for (const { id, end } of ends) if (end === 'cancelled') gone.add(id)
  }
  return gone
}

/** The dead are rescued and everything that waits is run, an hour later: all jobs end, and the accounts still hold. */
async function goesOn(path: string): Promise<string[]> {
  const engine = sqlite({ path, clock: () => Date.now() + 7_200_000 })
  const wrong: string[] = []
  try {
    await engine.open()
    for (const { id, beat, state } of await engine.listWorkers())
      if (state === 'live') await engine.loseWorkerIfSilent({ worker: id, beat })
    while (!(await engine.rescueJobs({ limit: 1000, maxCrashes: 3 })).done);
    while ((await engine.promoteDue({ limit: 1000 })).promoted > 0);
    for (const { name } of await engine.listQueues()) await engine.resumeQueue({ queue: name })
    await drain(engine)
    for (const { name, counts } of await engine.listQueues()) {
      const live = counts.queued + counts.running + counts.scheduled + counts.blocked
      if (live > 0) wrong.push(`I5 ${live} jobs of ${name} are stuck: ${JSON.stringify(counts)}`)
    }
  } finally {
    await engine.close()
  }
  return [...wrong, ...lookInside(path, true)]
}

async function drain(engine: Engine): Promise<void> {
  const worker = newId()
  const info = { id: worker, name: 'heir', host: 'here', pid: process.pid, version: '0', queues: [], kinds: [], labels: [] }
  await engine.registerWorker({ ...info, concurrency: 100, leaseMs: 15_000 })
  const queues = (await engine.listQueues()).map(({ name }) => name)
  for (;;) {
    const { lanes } = await engine.pulse({ worker, queues })
    if (lanes.length === 0) break
    const lease = newId()
    const limits = lanes.map((lane) => ({ lane, limit: 1000 }))
    const { jobs } = await engine.claim({ worker, lease, lanes: limits, limit: 1000, starting: 1 })
    const ends = jobs.map(({ id, claim, entry, queue, used }) => {
      return { lease, id, claim, entry, queue, end: 'succeeded' as const, used: used + 1, ranMs: 0, body: null }
    })
    await engine.finishIfOwned({ worker, ends, closing: [lease] })
  }
  await engine.retireWorker({ worker })
}
