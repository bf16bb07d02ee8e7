/** Connections cut at random bytes, in the middle of commits too: what is unknown is asked again, and exactly the jobs that were wanted are there. */
import { expect, it, onTestFinished } from 'vitest'
import { testPostgres } from '../support/postgres.js'
import { randomOf } from '../support/random.mjs'
import { check } from './check.js'
import { cuttingProxy } from './cutting-proxy.js'
import { type Place, stage } from './stage.js'

const SEED = 12
const COUNT = 2000

it('every job is there once and ends once, however often its connection is cut', async () => {
  const on = await stage('postgres')
  const proxy = await cuttingProxy(testPostgres(), randomOf(SEED), 20_000)
  onTestFinished(() => proxy.close())
  const place = { ...on.place, url: proxy.url } as Place
  const workers = [await on.worker({ place }), await on.worker({ place })]
  const producers = [1, 2].map(() => on.producer({ store: place, count: COUNT / 2, atOnce: 20, patience: '60s', input: { ms: 1 } }))
  for (const producer of await Promise.all(producers)) expect(await producer.exit()).toEqual({ code: 0, signal: null })
  await on.drained(25_000)

  expect(proxy.cuts.asked + proxy.cuts.answered).toBeGreaterThan(10)
  expect(proxy.cuts.answered).toBeGreaterThan(2)
  expect(on.evidence('refused')).toEqual([])
  const acks = on.evidence('ack')
  expect(new Set(acks.map(({ status }) => status))).toEqual(new Set(['enqueued']))
  const jobs = await check(on)
  expect(jobs.size).toBe(COUNT)
  expect([...jobs.values()].every(({ state, attempts }) => state === 'succeeded' && attempts.length === 1)).toBe(true)
  expect(on.logs('worker.silent')).toEqual([])
  expect(on.logs('job.end.refused')).toEqual([])
  expect(workers.map(({ running }) => running)).toEqual([true, true])
  expect(on.stderr()).toBe('')
})
