/** Eight processes on one file: four workers, three producers, and an operator who looks all the time. Nobody hears of a lock, none starves. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { check } from './check.js'
import { stage } from './stage.js'

const EACH = 700

it('share one file', async () => {
  const on = await stage('sqlite')
  const workers = await Promise.all([1, 2, 3, 4].map(() => on.worker({ concurrency: 10 })))
  const producers = await Promise.all([1, 2, 3].map(() => on.producer({ count: EACH, atOnce: 10, input: { ms: 1 } })))
  let looking = true
  let looks = 0
  const operator = (async () => {
    while (looking) {
      const { jobs } = await on.app.jobs.list({ limit: 50 })
      if (jobs[0]) await on.app.jobs.get(jobs[0].id)
      await on.app.queues.list()
      await on.app.workers.list()
      looks++
      // Reads of a file answer at once: without this nothing else would happen in this process.
      await pause(5)
    }
  })()
  const exits = await Promise.all(producers.map((producer) => producer.exit()))
  await on.drained(30_000)
  looking = false
  await operator
  expect(exits).toEqual(producers.map(() => ({ code: 0, signal: null })))
  const jobs = await check(on)
  expect(jobs.size).toBe(3 * EACH)
  expect([...jobs.values()].every(({ state, attempts }) => state === 'succeeded' && attempts.length === 1)).toBe(true)
  expect(on.evidence('refused')).toEqual([])
  expect(on.logs().filter(({ level }) => level === 'warn' || level === 'error')).toEqual([])
  expect(on.stderr()).toBe('')
  expect(looks).toBeGreaterThan(5)
  const did = workers.map(({ pid }) => on.evidence('end').filter((line) => line.pid === pid).length)
  // A quarter would be fair.
  expect(Math.min(...did)).toBeGreaterThan((3 * EACH) / 40)
})
