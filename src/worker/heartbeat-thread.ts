/** The heartbeat's thread: beats on a connection of its own while the main loop shows signs of life. */
import { parentPort, workerData } from 'node:worker_threads'
import type { BeatConnection } from '../engine/index.js'
import type { BeatThreadData } from './heartbeat.js'

const { module, config, worker, everyMs, maxBlockedMs, pulse } = workerData as BeatThreadData
const signs = new Int32Array(pulse)

let seen = -1
let seenAt = performance.now()
let connection: BeatConnection | undefined
let beating = false
let failing = false

async function beat(): Promise<void> {
  const sign = Atomics.load(signs, 0)
  if (sign !== seen) {
    seen = sign
    seenAt = performance.now()
  }
  if (beating || performance.now() - seenAt > maxBlockedMs) return
  beating = true
  try {
    connection ??= await open()
    if (!(await connection.beat(worker))) parentPort?.postMessage({ lost: true })
    failing = false
  } catch (error) {
    if (!failing) parentPort?.postMessage({ error: String(error) })
    failing = true
    // Not a whole beat later: outages of a moment must not add up to a lease.
    setTimeout(() => void beat(), everyMs / 4)
    await connection?.close().catch(() => undefined)
    connection = undefined
  } finally {
    beating = false
  }
}

async function open(): Promise<BeatConnection> {
  const { openBeat } = (await import(module)) as { openBeat(config: unknown): Promise<BeatConnection> }
  return openBeat(config)
}

setInterval(() => void beat(), everyMs)
