// The jobs of the recovery figure: handlers of 1 ms, 1 s and 60 s, mixed in one queue that is never empty.

import { defineJob, newId, Worksong } from 'worksong'
import { sleep } from './measure.mjs'

export const KINDS = { short: 1, second: 1000, minute: 60_000 }
/** So few of the long ones that a worker that lives for some ten seconds runs about one or two, and others beside it. */
const SHARES = { short: 0.4, second: 0.585, minute: 0.015 }
const BACKLOG = 400
const LOOK_EVERY_MS = 200
const PATIENCE_MS = 180_000

export const definitions = (run) =>
  Object.keys(KINDS).map((name) => defineJob({ name, ...(run ? { run: (_, ctx) => run(name, ctx) } : {}) }))

/** Random numbers in [0, 1) from a seed. */
export function randomOf(seed) {
  let state = seed >>> 0 || 1
  return () => {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 2 ** 32
  }
}

function pick(random) {
  const value = random()
  if (value < SHARES.minute) return 'minute'
  return value < SHARES.minute + SHARES.short ? 'short' : 'second'
}

/** Keeps the queue filled until it is stopped; knows every id that was acknowledged. */
export async function startFeed(store, seed) {
  const random = randomOf(seed)
  const byKind = new Map(definitions().map((job) => [job.name, job]))
  const app = new Worksong({ store, jobs: [...byKind.values()], logger: false })
  const ids = new Map()
  const counts = async () => (await app.queues.list())[0] ?? { queued: 0, running: 0, scheduled: 0 }
  const fill = async (count) => {
    await Promise.all(
      Array.from({ length: count }, async () => {
        const kind = pick(random)
        const id = newId()
        await app.enqueue(byKind.get(kind), undefined, { id })
        ids.set(id, kind)
      }),
    )
  }
  await fill(BACKLOG)
  let going = true
  const feeding = (async () => {
    while (going) {
      await fill(Math.max(0, BACKLOG - (await counts()).queued))
      await sleep(LOOK_EVERY_MS)
    }
  })()
  return {
    ids,
    async stop() {
      going = false
      await feeding
    },
    async drained() {
      for (const end = performance.now() + PATIENCE_MS; ; await sleep(LOOK_EVERY_MS)) {
        const { queued, running, scheduled } = await counts()
        if (queued + running + scheduled === 0) break
        // What is left then is told by the accounts.
        if (performance.now() > end) break
      }
      await app.close()
    },
  }
}
