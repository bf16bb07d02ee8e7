/** Who beats: the thread while it can, else the main loop. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { newId } from '#dist/core/index.js'
import { newWorker } from '#dist/testing/conformance/index.js'
import { Heartbeat } from '#dist/worker/heartbeat.js'
import { sqliteMemory } from '../support/engines.js'
import { FaultyEngine } from '../support/faulty-engine.js'
import { newEngine } from '../support/stores.js'
import { withOwn } from '../support/with-own.js'
import { TestLogger } from './parts.js'

/** A real store; only its thread's connection is the test's own. */
async function beating(leaseMs: number) {
  const info = newWorker({ leaseMs })
  const engine = await newEngine(sqliteMemory)
  await engine.registerWorker(info)
  const state = new Int32Array(new SharedArrayBuffer(8))
  const source = { module: new URL('fixtures/beats.mjs', import.meta.url).href, config: { shared: state.buffer } }
  const faults = new FaultyEngine(engine)
  const withSource = withOwn(faults.engine, { beatSource: async () => source })
  const logger = new TestLogger()
  let lost = 0
  const heartbeat = new Heartbeat({ engine: withSource, worker: info.id, leaseMs, maxBlockedMs: 60_000, logger, onLost: () => lost++ })
  onTestFinished(() => heartbeat.close())
  heartbeat.start()
  const inMain = () => faults.callsOf('beat').length
  const inThread = () => Atomics.load(state, 1)
  const fail = (on: boolean) => Atomics.store(state, 0, on ? 1 : 0)
  return { heartbeat, inMain, inThread, fail, logger, lost: () => lost }
}

const until = (condition: () => boolean) => expect.poll(condition, { timeout: 10_000, interval: 10 }).toBe(true)

it('the main loop beats while the thread fails, and leaves it to the thread when that beats again', async () => {
  const { inMain, inThread, fail, logger, lost } = await beating(300)
  await until(() => inThread() > 2)
  fail(true)
  await until(() => logger.codes('heartbeat.failed').length > 0)
  const before = inMain()
  await until(() => inMain() > before + 3)
  fail(false)
  const quiet = async () => {
    const [main, thread] = [inMain(), inThread()]
    await until(() => inThread() > thread + 4)
    return inMain() === main
  }
  await expect.poll(quiet, { timeout: 10_000 }).toBe(true)
  expect([logger.codes('heartbeat.failed').length, lost()]).toEqual([1, 0])
})

it.each(['made', 'beating'] as const)('once the thread is %s, a main loop that is blocked is no matter', async (when) => {
  const { inThread, heartbeat } = await beating(300)
  await heartbeat[when]()
  if (when === 'beating') expect(inThread()).toBeGreaterThan(0)
  const end = performance.now() + 5000
  while (performance.now() < end && inThread() < 4);
  expect(inThread()).toBe(4)
})

it('who waits for it goes on when there can be no thread, when it fails, and when it is closed', async () => {
  const { heartbeat, fail, logger } = await beating(300)
  fail(true)
  await heartbeat.beating()
  expect(logger.codes('heartbeat.failed').length).toBe(1)
  const engine = await newEngine(sqliteMemory)
  const options = { engine, worker: newId(), leaseMs: 60_000, maxBlockedMs: 60_000, logger: undefined, onLost: () => {} }
  const [none, closed] = [new Heartbeat(options), new Heartbeat(options)]
  await Promise.all([none.made(), none.beating()])
  await closed.close()
  await Promise.all([closed.made(), closed.beating()])
})

it('a lease longer than timers can wait does not make it beat all the time', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'clearInterval', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { inMain } = await beating(100 * 86_400_000)
  vi.advanceTimersByTime(500)
  expect(inMain()).toBe(0)
})
