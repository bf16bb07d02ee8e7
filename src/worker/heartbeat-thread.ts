/** The heartbeat's thread: beats on a connection of its own while the main loop shows signs of life. */
import { parentPort, workerData } from 'node:worker_threads'
import type { BeatConnection } from '../engine/index.js'
import type { BeatThreadData, ToBeatThread } from './heartbeat.js'

const { module, config, worker, firstMs, everyMs, maxBlockedMs, pulse } = workerData as BeatThreadData
const signs = new Int32Array(pulse)

let seen = Atomics.load(signs, 0)
let seenAt = performance.now()
let connection: BeatConnection | undefined
let beating = false
let failing = false
let beaten = false
let ending = false

async function beat(): Promise<void> {
  const sign = Atomics.load(signs, 0)
  if (sign !== seen) {
    seen = sign
    seenAt = performance.now()
  }
  if (ending || beating || performance.now() - seenAt > maxBlockedMs) return
  beating = true
  try {
    connection ??= await open()
    const alive = await connection.beat(worker)
    if (!alive) parentPort?.postMessage({ lost: true })
    else if (!beaten) parentPort?.postMessage({ beaten: true })
    beaten = true
    failing = false
  } catch (error) {
    if (!failing) parentPort?.postMessage({ error: String(error) })
    failing = true
    beaten = false
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

let last = Promise.resolve()
let timer: NodeJS.Timeout | undefined
// The driver is loaded with the first beat: a worker that is soon done has not paid for it.
const first = setTimeout(begin, firstMs)

function begin(): void {
  clearTimeout(first)
  if (timer) return
  last = beat()
  timer = setInterval(() => {
    last = last.then(beat)
  }, everyMs)
}

/** Asked to beat at once, or to end: after the beat under way, let go of everything, and the thread ends by itself. */
parentPort?.on('message', (message: ToBeatThread) => {
  if (message === 'begin') return ending ? undefined : begin()
  ending = true
  clearTimeout(first)
  clearInterval(timer)
  void last.then(() => connection?.close()).finally(() => parentPort?.close())
})
