/** Turns on a real store that fails before and after it has done what it was asked: ends are neither lost nor doubled, claims neither. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newId } from '#dist/core/index.js'
import type { ClaimEnd, Claimed, ClaimRequest, Engine } from '#dist/engine/index.js'
import { newWorker, type StoreMaker, until } from '#dist/testing/conformance/index.js'
import { LeaseBook } from '#dist/worker/leases.js'
import { Turns, type TurnsHost } from '#dist/worker/turns.js'
import { sqliteMemory } from '../support/engines.js'
import { blink, FaultyEngine, type Method, refusal } from '../support/faulty-engine.js'
import { makers, newEngine } from '../support/stores.js'
import { TestLogger } from './parts.js'

/** A session that has no handlers: what is claimed succeeds at once. */
class Session implements TurnsHost {
  readonly worker: string
  readonly book = new LeaseBook()
  readonly log = new TestLogger()
  readonly turns: Turns
  readonly claimed: string[] = []
  readonly written: string[] = []
  readonly refused: string[] = []
  readonly failedClaims: ClaimRequest[] = []
  #waits = true

  constructor(engine: Engine, worker: string) {
    this.worker = worker
    this.turns = new Turns(engine, this.book, this, this.log)
  }

  wants(): Omit<ClaimRequest, 'lease'> | null {
    if (!this.#waits || this.turns.claiming > 0) return null
    return { lanes: [{ lane: 'q', limit: 7 }], limit: 7, starting: 7 }
  }

  onClaiming(): void {}

  beforeFinish(): undefined {}

  onClaimed({ lease, jobs, more }: Claimed, request: ClaimRequest): void {
    this.#waits = more
    if (jobs.length > 0) this.book.opened(lease, jobs.length, request.starting, false)
    jobs.forEach(({ id, claim, entry, queue, used }, place) => {
      this.claimed.push(id)
      this.book.jobStarted(lease, place)
      this.book.jobEnded(lease)
      this.turns.add({ lease, id, claim, entry, queue, end: 'succeeded', used: used + 1, ranMs: 1, body: `"${id}"` })
    })
  }

  onClaimFailed(request: ClaimRequest): void {
    this.failedClaims.push(request)
  }

  onWritten(ends: readonly ClaimEnd[], refused: ReadonlySet<number>): void {
    ends.forEach(({ id }, at) => {
      if (refused.has(at)) this.refused.push(id)
      else this.written.push(id)
    })
  }
}

interface Stage {
  readonly engine: Engine
  readonly faults: FaultyEngine
  readonly session: Session
  readonly ids: string[]
}

async function stage(maker: StoreMaker, jobs: number): Promise<Stage> {
  return onEngine(await newEngine(maker), jobs)
}

async function onEngine(engine: Engine, jobs: number): Promise<Stage> {
  const ids = Array.from({ length: jobs }, () => newId())
  await engine.insertJobs({ jobs: ids.map((id) => ({ id, queue: 'q', kind: 'k', priority: 0, maxAttempts: 5, payload: '1' })) })
  const info = newWorker()
  await engine.registerWorker(info)
  const faults = new FaultyEngine(engine)
  return { engine, faults, session: new Session(faults.engine, info.id), ids }
}

async function drain({ session, ids }: Stage): Promise<void> {
  session.turns.kick()
  await until(() => session.written.length + session.refused.length >= ids.length, 'all ends are written')
  await session.turns.settled()
}

/** Every job was claimed once and has one end, and nothing is held. */
async function check({ engine, session, ids }: Stage): Promise<void> {
  expect(session.refused).toEqual([])
  expect([...session.claimed].sort()).toEqual([...ids].sort())
  expect([...session.written].sort()).toEqual([...ids].sort())
  for (const id of ids) {
    const job = await engine.getJob({ id })
    expect(job).toMatchObject({ state: 'succeeded', attempt: 1 })
    expect(job?.attempts).toMatchObject([{ end: 'succeeded', claim: 1, body: `"${id}"` }])
  }
  expect((await engine.listWorkers()).map(({ holding }) => holding)).toEqual([0])
}

const METHODS = ['claim', 'finishIfOwned', 'finishThenClaim'] as const satisfies readonly Method[]

describe.each(makers)('$name', (maker) => {
  it.each(METHODS.flatMap((method) => [`${method} before`, `${method} after`]))('goes on when it fails: %s', async (what) => {
    const made = await stage(maker, 20)
    const [method, where] = what.split(' ') as [Method, string]
    if (where === 'before') made.faults.failBefore(method, 2)
    else made.faults.failAfter(method, 2)
    await drain(made)
    await check(made)
    expect(made.faults.pending).toBe(0)
    expect(made.session.log.codes('worker.store.away').length).toBe(2)
  })

  it('asks again for a claim whose answer was lost, under the same lease', async () => {
    const made = await stage(maker, 5)
    made.faults.failAfter('claim')
    made.faults.failBefore('claim')
    await drain(made)
    const claims = made.faults.callsOf('claim')
    expect(new Set(claims.slice(0, 3).map(({ lease }) => lease)).size).toBe(1)
    expect(claims.slice(0, 3).map(({ replay }) => replay === true)).toEqual([false, true, true])
    await check(made)
  })

  it('does not ask for a replay when the store had only blinked', async () => {
    const made = await stage(maker, 5)
    made.faults.failBefore('claim', 3, blink)
    await drain(made)
    expect(made.faults.callsOf('claim').some(({ replay }) => replay)).toBe(false)
    await check(made)
  })

  it('an end that the store will never take is put down as dead, and the others are written', async () => {
    const made = await stage(maker, 20)
    const guilty = made.ids[4] as string
    const isGuilty = ({ ends }: { ends: readonly ClaimEnd[] }) => ends.some(({ id, end }) => id === guilty && end === 'succeeded')
    made.faults.failBefore('finishThenClaim', Number.POSITIVE_INFINITY, refusal, isGuilty)
    made.faults.failBefore('finishIfOwned', Number.POSITIVE_INFINITY, refusal, isGuilty)
    await drain(made)
    for (const id of made.ids) expect((await made.engine.getJob({ id }))?.state).toBe(id === guilty ? 'dead' : 'succeeded')
    const [end] = (await made.engine.getJob({ id: guilty }))?.attempts ?? []
    expect(JSON.parse(end?.body ?? '')).toMatchObject({ name: 'UnstorableEnd', message: expect.stringContaining('the store refuses this') })
    expect((await made.engine.listWorkers()).map(({ holding }) => holding)).toEqual([0])
    expect(made.session.log.codes('worker.end.refused').length).toBe(1)
  })

  it('what happens together goes together', async () => {
    const made = await stage(maker, 7)
    await drain(made)
    expect(made.faults.callsOf('finishThenClaim').length + made.faults.callsOf('finishIfOwned').length).toBeLessThanOrEqual(2)
  })
})

describe('turns', () => {
  it('whatever fails, and in whatever order', async () => {
    const fault = fc.record({ method: fc.constantFrom(...METHODS), after: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 5 }), fc.integer({ min: 1, max: 30 }), async (list, jobs) => {
        const { sqlite } = await import('#dist/engines/sqlite/index.js')
        const engine = sqlite({ path: ':memory:' })
        await engine.open()
        await engine.migrate()
        try {
          const made = await onEngine(engine, jobs)
          for (const { method, after } of list) made.faults[after ? 'failAfter' : 'failBefore'](method)
          await drain(made)
          await check(made)
        } finally {
          await engine.close()
        }
      }),
      { numRuns: 25 },
    )
  })

  it('a claim that the store refuses for good is given up and told', async () => {
    const made = await stage(sqliteMemory, 3)
    made.faults.failBefore('claim', 1, refusal)
    made.session.turns.kick()
    await until(() => made.session.failedClaims.length === 1, 'it is told')
    expect(made.session.turns.claiming).toBe(0)
    await drain(made)
    await check(made)
  })

  it('a finish with a claim that the store refuses for good loses no end', async () => {
    const made = await stage(sqliteMemory, 20)
    made.faults.failBefore('finishThenClaim', 1, refusal)
    await drain(made)
    await check(made)
    expect(made.session.failedClaims.length).toBe(1)
  })

  it('once abandoned write nothing more, and nobody waits for them', async () => {
    const made = await stage(sqliteMemory, 10)
    for (const method of METHODS)
      made.faults.failBefore(method, Number.POSITIVE_INFINITY, blink, (p) => ('ends' in p ? p.ends.length > 0 : false))
    made.session.turns.kick()
    await until(() => made.session.log.codes('worker.store.away').length > 0, 'the store is away')
    made.session.turns.abandon()
    await made.session.turns.settled()
    const calls = made.faults.calls.length
    made.session.turns.kick()
    await made.session.turns.settled()
    expect(made.faults.calls.length).toBe(calls)
    expect(made.session.written).toEqual([])
  })
})
