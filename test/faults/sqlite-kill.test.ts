/**
 * SIGKILL at every named point of the life of jobs on SQLite: around each transaction of each verb, between its writes, around migration,
 * pruning and checkpoint, before the answer. The campaign does the same at random points, and inside of system calls.
 */
import { expect, it } from 'vitest'
import { randomOf } from '../support/random.mjs'
import { census, type Killed, killOnce } from './sqlite-kill.js'

const SEED = Number(process.env.WORKSONG_SEED ?? 20_251)
const AT_ONCE = 3
/** Verbs that are written alike stand for each other here; in the campaign each is killed. */
const ALIKE = [
  [/^(registerWorker|loseWorkerIfSilent|retireWorker|takeChore|pauseQueue|resumeQueue|beat|wishWorker):/, 'small:'],
  [/^(finishIfOwned|finishThenClaim):/, 'finish:'],
  [/^(cancelJobs|retryJobs|deleteJobs):/, 'operator:'],
  [/write \d/, 'write'],
] as const

it(`leaves the file whole and every account right, wherever it dies (seed ${SEED})`, { timeout: 120_000 }, async () => {
  const passed = await census(SEED)
  const points = onePerName(passed.map((name) => ALIKE.reduce((text, [long, short]) => text.replace(long, short), name)))
  expect(points.size).toBeGreaterThanOrEqual(60)
  const left = [...points]
  const killed: (readonly [string, Killed])[] = []
  const next = async () => {
    for (let one = left.pop(); one; one = left.pop()) {
      const [name, point] = one
      killed.push([`${name} (seed ${SEED}, point ${point})`, await killOnce({ seed: SEED, point })])
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next))
  expect(killed.flatMap(([name, { wrong }]) => wrong.map((line) => `${name}: ${line}`))).toEqual([])
  expect(killed.filter(([, { signal }]) => signal !== 'SIGKILL').map(([name]) => name)).toEqual([])
})

/** Of each name one of the points that bear it, by the seed. */
function onePerName(names: readonly string[]): Map<string, number> {
  const all = new Map<string, number[]>()
  for (const [at, name] of names.entries()) all.set(name, [...(all.get(name) ?? []), at + 1])
  const random = randomOf(SEED)
  return new Map([...all].map(([name, points]) => [name, points[Math.floor(random() * points.length)] as number]))
}
