/** The wall clock is stepped by an hour, forward and back, under workers at work: no lease is lost, and no job, and the dead are rescued all the same. */
import { describe, expect, it } from 'vitest'
import { check } from './check.js'
import { type EngineName, engines, type Line, type Stage, stage } from './stage.js'
import { HOUR, ProcessClock, steppedDatabase, type WhenFinished } from './stepped-clock.js'

/** Long enough that a busy machine loses nobody who lives. */
const LEASE = { duration: 2000, sweep: 200 }
const LONGER_THAN_A_LEASE = { ms: 1.25 * LEASE.duration }
const DELAY_MS = HOUR / 2
/** Of real time: a worker looks what is due with each poll, and rescue needs lease and sweep; the rest is for a busy machine. */
const SOON_MS = 15_000

interface Clock {
  readonly on: Stage
  /** Of the worker that is killed in the end, and of all others. */
  readonly dying: ProcessClock
  readonly living: ProcessClock
  step(ms: number): Promise<void>
}

/** Of a machine with everything on it, its Postgres server too. */
async function ofTheMachine(engine: EngineName, onTestFinished: WhenFinished): Promise<Clock> {
  const processes = new ProcessClock(onTestFinished)
  const database = engine === 'postgres' ? await steppedDatabase(onTestFinished) : undefined
  const on = await stage(engine, { onTestFinished, ...(database ? { url: database.url } : {}) })
  const step = async (ms: number) => {
    processes.step(ms)
    await database?.step(ms)
  }
  return { on, dying: processes, living: processes, step }
}

/** On SQLite such a worker has another idea of the store's clock, too. */
async function ofOneProcess(engine: EngineName, onTestFinished: WhenFinished): Promise<Clock> {
  const [dying, living] = [new ProcessClock(onTestFinished), new ProcessClock(onTestFinished)]
  return { on: await stage(engine, { onTestFinished }), dying, living, step: async (ms) => dying.step(ms) }
}

const pidsOf = (lines: readonly Line[]) => lines.map(({ pid }) => pid)

/** Two workers, of which each runs jobs that end when they are told to. */
async function begin({ on, dying, living }: Clock) {
  const victim = await dying.worker(on, { lease: LEASE, queues: ['default', 'a'] })
  const ofVictim = await on.enqueue('wait-and-return', [{}, {}], { queue: 'a' })
  await on.until('the victim runs its jobs', () => ofVictim.every((id) => on.evidence('start', id).length === 1))
  const survivor = await living.worker(on, { lease: LEASE, queues: ['default', 'a', 'b'] })
  const ofSurvivor = await on.enqueue('wait-and-return', [{}, {}], { queue: 'b' })
  await on.until('the survivor runs its jobs', () => ofSurvivor.every((id) => on.evidence('start', id).length === 1))
  return { victim, survivor, ofVictim, ofSurvivor }
}

/** Jobs that are due much later; the second has failed, and waits for its next attempt. */
async function beginToWait({ on }: Clock): Promise<string[]> {
  const delayed = await on.enqueueOne('work', {}, { delay: DELAY_MS })
  const retried = await on.enqueueOne('fail-until', { attempt: 2, after: `${DELAY_MS}ms` })
  await on.until('both wait', async () => (await on.counts()).scheduled === 2 && on.evidence('start', retried).length === 1)
  return [delayed, retried]
}

type Cast = Awaited<ReturnType<typeof begin>>

const haveEnded = (on: Stage, ids: readonly string[]) => ids.every((id) => on.evidence('end', id).length === 1)

/** Jobs come and go, some run for longer than a lease, others fail and are tried again: nobody is lost in that time. */
async function goesOn({ on, living }: Clock): Promise<void> {
  const long = await on.enqueue('work', [LONGER_THAN_A_LEASE, LONGER_THAN_A_LEASE])
  const retried = await on.enqueue('fail-until', [{ attempt: 3 }, { attempt: 3 }])
  const producer = await living.producer(on, { count: 100, atOnce: 5, input: { ms: 5 } })
  expect(await producer.exit()).toEqual({ code: 0, signal: null })
  const all = [...long, ...retried, ...on.evidence('ack').map(({ job }) => job as string)]
  await on.until('all these jobs have ended', () => haveEnded(on, all))
  // A kill that comes before their ends are written would give them back.
  await on.until('the store knows', async () =>
    (await Promise.all(all.map((id) => on.app.jobs.get(id)))).every((job) => job?.state === 'succeeded'),
  )
  for (const id of long) expect(on.evidence('start', id).length).toBe(1)
  for (const id of retried) expect(on.evidence('start', id).map(({ attempt }) => attempt)).toEqual([1, 2, 3])
  expect(on.logs('worker.silent')).toEqual([])
  expect(on.evidence('abort')).toEqual([])
}

/** Kill -9, and the clock is stepped before anybody has missed the dead. What it ran runs again at the other, whose own goes on. */
async function killAndStep({ on, step }: Clock, { victim, survivor, ofVictim, ofSurvivor }: Cast, ms: number): Promise<void> {
  victim.signal('SIGKILL')
  await victim.exit()
  await step(ms)
  await on.until('what the dead ran runs again', () => ofVictim.every((id) => on.evidence('start', id).length === 2), SOON_MS)
  for (const id of ofVictim) expect(pidsOf(on.evidence('start', id))).toEqual([victim.pid, survivor.pid])
  for (const id of ofSurvivor) expect(pidsOf(on.evidence('start', id))).toEqual([survivor.pid])
}

async function end({ on }: Clock, { survivor, ofVictim, ofSurvivor }: Cast): Promise<void> {
  for (const id of [...ofVictim, ...ofSurvivor]) expect(await on.app.jobs.cancel(id)).toBe('requested')
  await on.drained()
  const jobs = await check(on, { extraStarts: 1 })
  for (const { id, state, attempts } of jobs.values()) {
    const lost = attempts.filter((attempt) => attempt.end.startsWith('lost')).length
    expect([id, state, lost]).toEqual([id, 'succeeded', ofVictim.includes(id) ? 1 : 0])
  }
  expect(on.logs('worker.silent').length).toBe(1)
  expect(on.logs('job.end.refused')).toEqual([])
  expect(survivor.running).toBe(true)
  expect(on.stderr()).toBe('')
}

describe.concurrent.each(engines)('%s: an hour', (engine) => {
  it("forward, of the machine's clock, and back: nobody is lost but the dead, and what waited is due", async ({ onTestFinished }) => {
    const clock = await ofTheMachine(engine, onTestFinished)
    const cast = await begin(clock)
    const waiting = await beginToWait(clock)
    await clock.step(HOUR)
    await clock.on.until('what waited has ended', () => haveEnded(clock.on, waiting), SOON_MS)
    await goesOn(clock)
    await killAndStep(clock, cast, 0)
    await end(clock, cast)
  })

  it("back, of the machine's clock, and forward: nobody is lost but the dead, and what waited is due in its time", async ({
    onTestFinished,
  }) => {
    const clock = await ofTheMachine(engine, onTestFinished)
    const cast = await begin(clock)
    const waiting = await beginToWait(clock)
    await clock.step(-HOUR)
    await goesOn(clock)
    await killAndStep(clock, cast, 0)
    expect(await clock.on.counts()).toMatchObject({ scheduled: waiting.length })
    await clock.step(HOUR)
    await clock.on.until('what waited has ended', () => haveEnded(clock.on, waiting), SOON_MS)
    await end(clock, cast)
  })

  it.for([
    ['forward', HOUR],
    ['back', -HOUR],
  ] as const)("%s, of one worker's clock: neither it nor the other is lost", async ([_way, ms], { onTestFinished }) => {
    const clock = await ofOneProcess(engine, onTestFinished)
    const cast = await begin(clock)
    await clock.step(ms)
    await goesOn(clock)
    await killAndStep(clock, cast, ms)
    await end(clock, cast)
  })
})
