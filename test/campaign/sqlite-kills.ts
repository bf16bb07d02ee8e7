/** SIGKILL of a process on a SQLite file, again and again: at a random point of its life, at a random moment, or inside of a system call. */
import { type Kill, type Killed, killOnce } from '../faults/sqlite-kill.js'
import { noStrace } from '../faults/strace.js'
import { randomOf } from '../support/random.mjs'
import type { Report, Scenario, Turn } from './scenario.js'

const AT_ONCE = 2
/** About as many as one life has. */
const POINTS = 400
const LONGEST_MS = 200
/** Calls that change files, with about how many of them one life makes. */
const SYSTEM_CALLS = { pwrite64: 250, 'fsync,fdatasync': 60, ftruncate: 2 } as const

function newKill(random: () => number): readonly [string, Kill] {
  const seed = Math.floor(random() * 2 ** 31)
  const which = random()
  if (which < 0.6) return ['kill at a point', { seed, point: 1 + Math.floor(random() * POINTS) }]
  if (which < 0.8 || noStrace) return ['kill at a moment', { seed, afterMs: random() * LONGEST_MS }]
  const names = Object.keys(SYSTEM_CALLS) as (keyof typeof SYSTEM_CALLS)[]
  const name = names[Math.floor(random() ** 2 * names.length)] as keyof typeof SYSTEM_CALLS
  const when = 1 + Math.floor(random() * SYSTEM_CALLS[name])
  const under = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${name}`]
  return [`kill in ${name}`, { seed, under: [...under, '-e', `inject=${name}:signal=KILL:when=${when}`] }]
}

async function run(turn: Turn): Promise<Report> {
  const random = randomOf(turn.seed)
  const faults: Record<string, number> = {}
  const broken: string[] = []
  const next = async () => {
    do {
      const [what, kill] = newKill(random)
      const killed: Killed = await killOnce(kill)
      if (killed.signal !== null) faults[what] = (faults[what] ?? 0) + 1
      broken.push(...killed.wrong.map((line) => `${what} ${JSON.stringify(kill)} ${killed.at ?? ''}: ${line}`))
    } while (performance.now() < turn.deadline && broken.length === 0)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next))
  return { faults, jobs: 0, lost: broken.filter((line) => line.includes('I1')).length, duplicates: 0, broken }
}

export const scenario: Scenario = { name: 'SQLite killed', engines: ['sqlite'], turnMs: 120_000, short: true, run }
