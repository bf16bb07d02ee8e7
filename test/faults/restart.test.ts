/** Postgres crashes and comes back, three times, under load: every acknowledged job ends, and no process does. */
import { expect, it, onTestFinished } from 'vitest'
import { ownPostgres } from '../support/postgres.js'
import { check } from './check.js'
import { type Stage, stage } from './stage.js'

const acks = (on: Stage) => on.evidence('ack').length
const ends = (on: Stage) => on.evidence('end').length

it('every acknowledged enqueue ends, through three crashes of the server', async () => {
  const server = await ownPostgres()
  let made: Stage | undefined
  // After the stage's own end, which needs the server.
  onTestFinished(async () => {
    await made?.close()
    await server.close()
  })
  made = await stage('postgres', { url: server.url })
  const on = made
  const processes = [await on.worker(), await on.worker()]
  const producer = await on.producer({ count: 100_000, atOnce: 20, input: { ms: 1 } })
  for (let crash = 1; crash <= 3; crash++) {
    const before = { acks: acks(on), ends: ends(on) }
    await on.until('all is under way', () => acks(on) > before.acks + 300 && ends(on) > before.ends + 300)
    await server.restart('immediate')
  }
  const before = { acks: acks(on), ends: ends(on) }
  await on.until('all is under way again', () => acks(on) > before.acks + 300 && ends(on) > before.ends + 300)
  producer.send('enough')
  expect(await producer.exit()).toEqual({ code: 0, signal: null })
  await on.drained()
  expect(processes.map(({ running }) => running)).toEqual([true, true])
  const jobs = await check(on, { crashes: 3 })
  expect([...jobs.values()].every(({ state }) => state === 'succeeded')).toBe(true)
  expect(on.evidence('refused')).toEqual([])
  expect(new Set(on.evidence('ack').map(({ status }) => status))).toEqual(new Set(['enqueued']))
  expect(on.logs('worker.silent')).toEqual([])
  expect(on.stderr()).toBe('')
})
