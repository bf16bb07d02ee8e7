/** A role loses its rights under load and gets them back, several times: to worker and callers that is a store that is away for a while. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { defineJob, newId } from 'worksong'
import { testPostgres } from '../support/postgres.js'
import { errorOf } from '../support/stores.js'
import { Gate, TestLogger } from '../worker/parts.js'
import { openEngine, type Place, type Stage, stage, withPg } from './stage.js'

const page = readFileSync(new URL('../../docs/operate/postgres.md', import.meta.url), 'utf8')
const GRANTS = /```sql\n(grant usage on schema[\s\S]*?)```/.exec(page)?.[1] as string
const RAISE = `create function worksong.raise() returns trigger language plpgsql as $f$ begin raise exception 'not now'; end $f$`

interface Trouble {
  readonly what: string
  readonly begin: readonly string[]
  readonly end: readonly string[]
  /** What is said to those who enqueue, and to the worker that has ends to write. */
  readonly code: string
}

const revoked = (what: string, from = 'app_role'): Trouble => {
  return { what, begin: [`revoke all on ${what} worksong from ${from}`], end: [GRANTS], code: 'WS_STORE_RIGHTS' }
}
const TROUBLES: readonly Trouble[] = [
  revoked('all tables in schema'),
  revoked('all routines in schema', 'app_role, public'),
  revoked('schema'),
  {
    what: 'tables under another name',
    begin: ['jobs', 'ends'].map((table) => `alter table worksong.${table} rename to ${table}_`),
    end: ['jobs', 'ends'].map((table) => `alter table worksong.${table}_ rename to ${table}`),
    code: 'WS_SCHEMA_MISSING',
  },
  {
    what: 'a trigger that stops all writing',
    begin: ['jobs', 'ends'].map((table) => `create trigger no before insert on worksong.${table} execute function worksong.raise()`),
    end: ['jobs', 'ends'].map((table) => `drop trigger no on worksong.${table}`),
    code: 'WS_STORE_FAILED',
  },
]

it('what is taken away and given back loses no job, ends none twice and uses no attempt', async () => {
  const { on, place, run } = await restricted()
  await run(RAISE)
  const runs = new Map<string, number>()
  const [gate, log] = [new Gate(), new TestLogger()]
  const held = gate.job('held')
  const quick = defineJob({ name: 'quick', run: (_input, { job }) => void runs.set(job.id, (runs.get(job.id) ?? 0) + 1) })
  const app = on.newApp({ store: openEngine(place), jobs: [held, quick], logger: log, patience: '1m', lease: { sweep: 50 } })
  const hasty = on.newApp({ store: openEngine(place), jobs: [quick], patience: '50ms' })
  const worker = app.worker()
  let going = true
  onTestFinished(async () => {
    going = false
    gate.all()
    await run(GRANTS)
    await worker.stop({ grace: 0 })
  })
  await worker.start()
  const { id: identity } = worker
  on.acked.add((await hasty.enqueue(quick)).id)
  const produce = async () => {
    while (going) on.acked.add((await app.enqueue(quick, undefined, { id: newId() })).id)
  }
  const producing = Promise.all([produce(), produce(), produce()])
  for (const { what, begin, end, code } of TROUBLES) {
    const before = on.acked.size
    await app.enqueueMany(held, [1, 2, 3], { onOutcome: (outcome) => outcome.status === 'enqueued' && on.acked.add(outcome.id) })
    await on.until(`all is under way before ${what}`, () => gate.running === 3 && on.acked.size > before + 30)
    const heard = log.lines.length
    await run(...begin)
    gate.all()
    const isAway = ({ code: logged, fields }: TestLogger['lines'][number]) =>
      logged === 'worker.store.away' && (fields.error as { code: string }).code === code
    await on.until(`the worker hears of ${what}`, () => log.lines.slice(heard).some(isAway))
    expect(await errorOf(hasty.enqueue(quick)), what).toMatchObject({ code, retryable: true, unknownOutcome: false })
    await run(...end)
  }
  going = false
  await producing
  await on.drained()
  for (const id of on.acked) {
    const job = await on.app.jobs.get(id)
    expect([job?.state, job?.attempt, job?.attempts.length, job?.name === 'held' ? 1 : runs.get(id)]).toEqual(['succeeded', 1, 1, 1])
  }
  expect(await on.counts()).toMatchObject({ succeeded: on.acked.size, live: 0 })
  expect([gate.started.length, worker.id, log.lines.filter(({ level }) => level === 'error')]).toEqual([TROUBLES.length * 3, identity, []])
})

/** A store for a role that has the rights that the docs grant, and a way to change them. */
async function restricted(): Promise<{ on: Stage; place: Place; run(...statements: readonly string[]): Promise<void> }> {
  const role = `r_${randomBytes(6).toString('hex')}`
  await withPg(testPostgres(), (client) => client.query(`create role ${role} login password 'sesame'`))
  // After the stage's own end: the rights are gone with the schema.
  onTestFinished(() => withPg(testPostgres(), async (client) => void (await client.query(`drop role ${role}`))))
  const on = await stage('postgres')
  const { schema, url } = on.place as { schema: string; url: string }
  // One by one: several in one transaction could be part of a deadlock.
  const run = (...statements: readonly string[]) =>
    withPg(url, async (client) => {
      for (const sql of statements) await client.query(sql.replaceAll('app_role', role).replaceAll('worksong', schema))
    })
  await run(GRANTS)
  const theirs = Object.assign(new URL(url), { username: role, password: 'sesame' })
  return { on, place: { ...on.place, url: theirs.href } as Place, run }
}
