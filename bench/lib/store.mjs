// What rows do with a contestant's store between their clocks: fill it, and check its accounts.

import { payloads, sleep } from './measure.mjs'

const SETTLE_MS = 60_000
const FILL_CHUNK = 50_000

/** @param {import('./contest.mjs').ManyOptions} [options] */
export async function fill(producer, count, from = 0, options) {
  for (let done = 0; done < count; done += FILL_CHUNK) {
    await producer.many(payloads(Math.min(FILL_CHUNK, count - done), from + done), options)
  }
}

/** Polls the store until it says that nothing is left, and fails loudly when it never does. */
export async function settled(inspector, expected) {
  const deadline = Date.now() + SETTLE_MS
  for (;;) {
    const { unfinished, finished } = await inspector.counts()
    if (unfinished === 0) {
      if (finished !== undefined && finished !== expected) {
        throw new Error(`the store holds ${finished} finished jobs, expected ${expected}`)
      }
      return
    }
    if (Date.now() > deadline) throw new Error(`${unfinished} jobs unfinished in the store`)
    await sleep(2)
  }
}

export async function expectWaiting(inspector, expected) {
  const { unfinished } = await inspector.counts()
  if (unfinished !== expected) throw new Error(`the store holds ${unfinished} waiting jobs, expected ${expected}`)
}

/**
 * The accounts in the tables themselves, for contestants whose inspector reads sums: as many jobs succeeded as handlers were called, each
 * one once, and so many are left.
 */
export async function audited(adapter, { finished, unfinished = 0 }) {
  if (!adapter.audit) return
  const found = await adapter.audit()
  if (found.finished !== finished || found.unfinished !== unfinished) {
    throw new Error(`the tables hold ${JSON.stringify(found)}, expected ${JSON.stringify({ unfinished, finished })}`)
  }
}
