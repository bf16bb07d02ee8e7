/** A whole job's life against the model: random commands, shrunk to the fewest that show a difference, with the seed to repeat it. */

import fc from 'fast-check'
import { describe, it } from 'vitest'
import { JOB_STATES } from '#dist/core/index.js'
import { Bench, type StoreMaker } from '#dist/testing/conformance/index.js'
import {
  type Command,
  cancel,
  claim,
  claimSuspect,
  claimThese,
  insert,
  lose,
  pause,
  promote,
  prune,
  QUEUES,
  remove,
  resume,
  retry,
} from './commands.js'
import { finish, staleFinish } from './finish-commands.js'
import { Model } from './model.js'
import { Real } from './real.js'

/** Raise for a long search: WORKSONG_MODEL_RUNS=1000, and WORKSONG_MODEL_SEED to repeat one. */
const RUNS = Number(process.env.WORKSONG_MODEL_RUNS ?? 40)
const SEED = process.env.WORKSONG_MODEL_SEED === undefined ? {} : { seed: Number(process.env.WORKSONG_MODEL_SEED) }

const place = fc.nat({ max: 2 })
const queue = fc.nat({ max: QUEUES.length - 1 })
const picks = fc.array(fc.nat(), { minLength: 1, maxLength: 5 })
const hours = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3 }))
const draft = fc.record({ queue, priority: fc.integer({ min: -1, max: 1 }), maxAttempts: fc.integer({ min: 1, max: 4 }), hours })
const end = fc.constantFrom('succeeded', 'dead', 'cancelled', 'retrying', 'retrying', 'snoozed', 'returned')
const plan = fc.record({ end, hours, suspect: fc.boolean() })

const inserts = fc.array(draft, { minLength: 1, maxLength: 30 }).map(insert)
const claims = fc
  .tuple(place, fc.shuffledSubarray([0, 1], { minLength: 1 }), fc.integer({ min: 1, max: 20 }), fc.nat({ max: 20 }))
  .map(([by, from, limit, starting]) => claim(by, from, limit, starting))
const ends = fc
  .tuple(fc.nat(), fc.integer({ min: 1, max: 20 }), fc.array(plan, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([lease, count, plans, again]) => finish(lease, count, plans, again))

const someStates = fc.option(fc.subarray([...JOB_STATES]), { nil: undefined })

const commands: fc.Arbitrary<Command>[] = [
  inserts,
  claims,
  claims,
  ends,
  ends,
  fc.tuple(place, queue).map(([by, from]) => claimSuspect(by, from)),
  fc.nat().map(staleFinish),
  fc.tuple(picks, someStates).map(([jobs, states]) => cancel(jobs, states)),
  fc.tuple(picks, someStates).map(([jobs, states]) => retry(jobs, states)),
  fc.tuple(picks, someStates, fc.boolean()).map(([jobs, states, anew]) => remove(jobs, states, anew)),
  fc.tuple(place, picks).map(([by, jobs]) => claimThese(by, jobs)),
  fc.integer({ min: 0, max: 3 }).map(promote),
  fc.tuple(place, fc.constantFrom('lost' as const, 'retired' as const)).map(([by, how]) => lose(by, how)),
  queue.map(pause),
  queue.map(resume),
  fc.subarray(['succeeded', 'cancelled', 'dead'] as const).map((states) => prune(states)),
]

export function lives(maker: StoreMaker): void {
  describe(`${maker.name}: the life of jobs`, () => {
    it('agrees with the model after every command', { timeout: 30_000 + RUNS * 5_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.commands(commands, { maxCommands: 60, size: '+1' }), async (list) => {
          const store = await maker.make()
          const bench = new Bench(store, store.engine())
          let passed = false
          try {
            await bench.engine.open()
            await bench.engine.migrate()
            const real = new Real(bench.engine)
            await real.start()
            await fc.asyncModelRun(() => ({ model: new Model(), real }), list)
            passed = true
          } finally {
            await bench.closeAll()
            await store.discard(passed)
          }
        }),
        { numRuns: RUNS, ...SEED },
      )
    })
  })
}
