/** Four worker processes: each second one of them, at random, is killed or frozen for longer than its lease; another takes its place. */
import { setTimeout as pause } from 'node:timers/promises'
import { type Line, monotonic, type Proc, SHORT, type Stage, stage } from '../faults/stage.js'
import { randomOf } from '../support/random.mjs'
import { account } from './account.js'
import type { Report, Scenario, Turn } from './scenario.js'

const WORKERS = 4
const CONCURRENCY = 10
/** Waiting at any time, so that every worker is busy when it dies. */
const BACKLOG = 2000
const EVERY_MS = 1000
const FROZEN_MS = 2 * SHORT.duration
const DRAIN_MS = 60_000
/** What a handler had done before its process died may be unwritten: the turn under way, on a machine as busy as this one is made. */
const UNWRITTEN_MS = 2000
const BACKOFF = { type: 'fixed', first: 10, factor: 1, max: 10, jitter: 0 }

async function run(turn: Turn): Promise<Report> {
  const random = randomOf(turn.seed)
  let end: () => Promise<void> = async () => undefined
  const onTestFinished = (close: () => Promise<void>) => {
    end = close
  }
  const on = await stage(turn.engine, { onTestFinished })
  try {
    const { faults, deaths } = await storm(on, turn, random)
    await on.drained(DRAIN_MS)
    // One job may be under way at several deaths.
    return await account(on, faults, checkRestarts(on.evidence(), deaths), { extraStarts: deaths.size })
  } finally {
    await end()
  }
}

interface Injected {
  readonly faults: Record<string, number>
  /** When processes were killed or frozen, by their pid: what they ran may run again. */
  readonly deaths: ReadonlyMap<number, number>
}

async function storm(on: Stage, turn: Turn, random: () => number): Promise<Injected> {
  const faults = { kill: 0, freeze: 0 }
  const deaths = new Map<number, number>()
  const thaws: Promise<void>[] = []
  const newWorker = () => on.worker({ concurrency: CONCURRENCY, lease: SHORT })
  const workers: Proc[] = await Promise.all(Array.from({ length: WORKERS }, newWorker))
  do {
    const { queued = 0 } = await on.counts()
    const inputs = Array.from({ length: Math.max(0, BACKLOG - queued) }, (_, n) => ({ n, ms: n % 100 === 0 ? 500 : n % 8 }))
    if (inputs.length > 0) await on.enqueue('work', inputs, { retry: { attempts: 25, backoff: BACKOFF } })
    await pause(EVERY_MS)
    const at = Math.floor(random() * WORKERS)
    const victim = workers[at] as Proc
    deaths.set(victim.pid, monotonic())
    if (random() < 0.8) {
      faults.kill++
      victim.signal('SIGKILL')
    } else {
      faults.freeze++
      victim.signal('SIGSTOP')
      thaws.push(pause(FROZEN_MS).then(() => victim.signal('SIGCONT')))
    }
    workers[at] = await newWorker()
  } while (performance.now() < turn.deadline)
  // All that was frozen is awake again before the accounts.
  await Promise.all(thaws)
  return { faults, deaths }
}

/** I3: a job runs again only if its process died in the middle of it, or so soon after it that its end may be unwritten. */
function checkRestarts(evidence: readonly Line[], deaths: ReadonlyMap<number, number>): string[] {
  const runs = new Map<string, { started: Line; ended?: Line }[]>()
  for (const line of evidence) {
    if (line.job === undefined) continue
    const known = runs.get(line.job) ?? []
    if (line.ev === 'start') runs.set(line.job, [...known, { started: line }])
    const own = line.ev === 'effect' && known.find(({ started }) => started.run === line.run)
    if (own) own.ended = line
  }
  const wrong: string[] = []
  let interrupted = 0
  for (const [job, all] of runs) {
    for (const { started, ended } of all.slice(0, -1)) {
      const died = deaths.get(started.pid)
      if (died === undefined) wrong.push(`I3 ${job} ran again though its process ${started.pid} lived on`)
      else if (!ended || ended.mono > died) interrupted++
      else if (died - ended.mono > UNWRITTEN_MS) wrong.push(`I3 ${job} ran again ${died - ended.mono} ms after its end was known`)
    }
  }
  const most = deaths.size * CONCURRENCY
  if (interrupted > most)
    wrong.push(`I3 ${interrupted} jobs ran again for having been interrupted by ${deaths.size} deaths of ${CONCURRENCY}`)
  return wrong
}

export const scenario: Scenario = { name: 'workers killed and frozen', engines: ['sqlite', 'postgres'], turnMs: 30_000, run }
