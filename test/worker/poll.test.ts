/** Hints make things fast, the poll makes them true: a job that nobody told of is found all the same. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { Worksong } from '#dist/app/index.js'
import { defineJob } from '#dist/client/index.js'
import { typed } from '#dist/core/index.js'
import type { Engine } from '#dist/engine/index.js'
import { until } from '#dist/testing/conformance/index.js'
import { FaultyEngine } from '../support/faulty-engine.js'
import { makers, newPlace } from '../support/stores.js'
import { withOwn } from '../support/with-own.js'

/** The same store, of which nobody hears a hint any more once they are lost. */
function losingHints(real: Engine) {
  let lost = false
  const listen: Engine['listen'] = (onHint) => real.listen((hint) => (lost ? undefined : onHint(hint)))
  const lose = () => {
    lost = true
  }
  return { engine: withOwn(real, { listen }), lose }
}

describe.each(makers)('$name', (maker) => {
  it('a job whose hint was lost is found by the poll', async () => {
    const runs: unknown[] = []
    const work = defineJob({ name: 'work', input: typed<number>(), run: (input) => void runs.push(input) })
    const hints = losingHints((await newPlace(maker)).engine())
    const faults = new FaultyEngine(hints.engine)
    const app = new Worksong({ store: faults.engine, jobs: [work], logger: false })
    onTestFinished(() => app.close())
    await app.worker().start()
    await app.jobs.wait((await app.enqueue(work, 1)).id)
    // Idle: its claims have found nothing, and it has nothing to tell.
    const polls = faults.callsOf('pulse').length
    await until(() => faults.callsOf('pulse').length > polls + 1, 'it has polled in vain')
    hints.lose()
    await app.enqueue(work, 2)
    await until(() => runs.length === 2, 'it is found')
    expect(runs).toEqual([1, 2])
  })
})
