// Worker processes of a contestant, forked by its row: connected before the clock, started on it.

import { fork } from 'node:child_process'

const STUCK_MS = 240_000

/** @param {import('./worker-role.mjs').WorkerOptions} [options] */
export async function spawnWorkers(processes, options = {}) {
  const env = { ...process.env, BENCH_WORKER: JSON.stringify(options) }
  const start = () => fork(process.argv[1], ['worker'], { stdio: ['ignore', 2, 2, 'ipc'], env })
  const children = Array.from({ length: processes }, start)
  let calls = 0
  let onCalls = () => {}
  let fail
  const failed = new Promise((_, reject) => {
    fail = reject
  })
  failed.catch(() => {})
  let stopping = false

  for (const child of children) {
    child.on('message', (message) => {
      if (message.type !== 'calls') return
      calls += message.calls
      onCalls()
    })
    child.on('exit', (code) => stopping || fail(new Error(`a worker process ended early with code ${code}`)))
  }
  const answer = (child, type) =>
    new Promise((resolve) => {
      child.on('message', (message) => message.type === type && resolve(message))
    })
  const each = (type) => Promise.race([failed, Promise.all(children.map((child) => answer(child, type)))])
  const tell = (word) => {
    for (const child of children) child.send(word)
  }

  await each('ready')
  return {
    calls: () => calls,
    async start() {
      const started = each('started')
      tell('go')
      await started
    },
    /** Starts the workers if they were not, and resolves when their handlers were called `expected` times. */
    async drained(expected) {
      tell('go')
      let timer
      const reached = new Promise((resolve) => {
        onCalls = () => calls >= expected && resolve()
        onCalls()
      })
      const stuck = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`stuck at ${calls} of ${expected} handler calls`)), STUCK_MS)
      })
      await Promise.race([reached, failed, stuck])
      clearTimeout(timer)
    },
    /** The processor time that the processes have used so far, all their threads included. */
    async cpu() {
      const answers = each('cpu')
      tell('cpu')
      const used = await answers
      return { at: used[0].at, ms: used.reduce((sum, one) => sum + one.user + one.system, 0) / 1000 }
    },
    async stop() {
      const done = each('stopped')
      stopping = true
      tell('stop')
      const ends = await done
      return {
        calls,
        rssMb: Math.max(...ends.map((end) => end.rssMb)),
        latencies: ends.flatMap((end) => end.latencies),
        distinct: ends.reduce((sum, end) => sum + end.distinct, 0),
        times: ends[0].times,
      }
    },
  }
}

/** Each of so many jobs was handled, none of them twice. */
export function expectCalls({ calls, distinct }, expected) {
  if (calls !== expected || distinct !== expected) {
    throw new Error(`${calls} handler calls for ${distinct} distinct jobs, expected ${expected}`)
  }
}
