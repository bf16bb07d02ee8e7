/** Slots start nothing before the lease is kept from a thread, and no suspect before that thread has beaten. */
import { expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { Slots, type SlotsHost, type Waiting } from '#dist/worker/slots.js'
import { Suspects } from '#dist/worker/suspects.js'
import { sqliteMemory } from '../support/engines.js'
import { newEngine } from '../support/stores.js'
import { claimedJob, TestHost } from './parts.js'

const definition = defineJob({ name: 'k', run: () => new Promise(() => {}) })
const waiting = (): Waiting => ({ job: claimedJob(), lease: 'lease', definition, place: 0, told: false })

async function parts() {
  const events: string[] = []
  const host: SlotsHost = Object.assign(new TestHost(await newEngine(sqliteMemory)), {
    onStarted: () => void events.push('started'),
    markAlone: () => void events.push('marked'),
    tellStarts: async () => true,
  })
  const open: Record<'ready' | 'sure', () => void> = { ready: () => {}, sure: () => {} }
  const guard = {
    ready: () => new Promise<void>((resolve) => void Object.assign(open, { ready: resolve })),
    sure: () => new Promise<void>((resolve) => void Object.assign(open, { sure: resolve })),
  }
  const suspects = new Suspects()
  return { slots: new Slots(2, host, suspects, guard), suspects, open, events }
}

it('the first jobs wait for the guard, and those after them for nothing', async () => {
  const { slots, open, events } = await parts()
  slots.fill()
  slots.push(waiting())
  slots.fill()
  slots.fill()
  expect(events).toEqual([])
  open.ready()
  await expect.poll(() => events).toEqual(['started'])
  slots.push(waiting())
  slots.fill()
  expect(events).toEqual(['started', 'started'])
})

it('a suspect waits until the guard is sure', async () => {
  const { slots, suspects, open, events } = await parts()
  const suspect = waiting()
  slots.push(suspect)
  suspects.claiming()
  suspects.claimed(suspect.job.id)
  slots.fill()
  open.ready()
  await expect.poll(() => open.sure.name).not.toBe('sure')
  slots.fill()
  expect(events).toEqual([])
  open.sure()
  await expect.poll(() => events).toEqual(['marked'])
})

it('what was taken back while it waited does not start', async () => {
  const { slots, open, events } = await parts()
  slots.push(waiting())
  slots.fill()
  expect(slots.takeBuffered().length).toBe(1)
  open.ready()
  await new Promise(setImmediate)
  expect([events, slots.load]).toEqual([[], { running: 0, buffered: 0 }])
})
