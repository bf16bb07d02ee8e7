// A worker without handlers: claims and finishes until nothing is left, and says which jobs it had.
import { once } from 'node:events'
import { newToken } from '#dist/core/index.js'
import { sqlite } from '#dist/engines/sqlite/index.js'

const engine = sqlite({ path: process.argv[2] })
await engine.open()
const worker = newToken()
const info = {
  name: 'drain',
  host: 'h',
  pid: process.pid,
  version: '0',
  queues: ['q'],
  kinds: ['k'],
  labels: [],
  concurrency: 20,
  leaseMs: 15_000,
}
await engine.registerWorker({ id: worker, ...info })
console.log('ready')
await once(process.stdin, 'data')
const done = []
let ends = []
let closing = []
for (;;) {
  const claim = { lease: newToken(), lanes: [{ lane: 'q', limit: 20 }], limit: 20, starting: 20 }
  const { claimed, refused } = await engine.finishThenClaim({ worker, ends, closing, claim })
  if (refused.length > 0) throw new Error('refused')
  if (claimed.jobs.length === 0) break
  ends = claimed.jobs.map(({ id, claim: number, entry, queue, used }) => {
    return { lease: claimed.lease, id, claim: number, entry, queue, end: 'succeeded', used: used + 1, ranMs: 0, body: null }
  })
  closing = [claimed.lease]
  done.push(...claimed.jobs.map(({ id }) => id))
}
await engine.close()
console.log(JSON.stringify(done))
process.stdin.destroy()
