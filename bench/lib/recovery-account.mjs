// The accounts: what the store says of every job, held against the evidence that the workers left outside of it.

import { readFileSync } from 'node:fs'
import { Worksong } from 'worksong'
import { KINDS } from './recovery-jobs.mjs'

const AT_ONCE = 32
const ONCE = 'one death'
const TWICE = 'the next holder died before it began'
const TERMINAL = new Set(['succeeded', 'dead', 'cancelled'])

/** @returns times by what was held, counts, and what is wrong, one line each */
export async function account({ store, ids, evidence, kills }) {
  const lines = readFileSync(evidence, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const killedAt = new Map(kills.map(({ pid, at }) => [pid, at]))
  const pidOf = new Map(lines.flatMap(({ ev, worker, pid }) => (ev === 'ready' ? [[worker, pid]] : [])))
  const starts = groupStarts(lines)
  const ended = new Set(lines.flatMap(({ ev, job, pid }) => (ev === 'end' ? [`${job} ${pid}`] : [])))
  const book = { times: {}, counts: newCounts(ids.size), wrong: [] }
  for await (const [id, job] of views(store, ids.keys())) {
    if (!job || !TERMINAL.has(job.state)) {
      book.counts.lost++
      book.wrong.push(`${id} was acknowledged and is ${job?.state ?? 'gone'}`)
      continue
    }
    oneJob(book, { id, job, kind: ids.get(id), starts: starts.get(id) ?? [], ended, pidOf, killedAt })
  }
  const logs = {}
  for (const { ev, code, worker } of lines) {
    if (ev !== 'log') continue
    logs[code] = (logs[code] ?? 0) + 1
    const pid = pidOf.get(worker)
    if (code === 'worker.silent' && !killedAt.has(pid)) book.wrong.push(`worker ${pid} was declared lost and lived`)
  }
  return { ...book, logs }
}

const newCounts = (jobs) => ({
  jobs,
  lost: 0,
  duplicates: 0,
  heldRunning: 0,
  heldWaiting: 0,
  blamedWithoutStart: 0,
  finishedHandlersRunAgain: 0,
  convictedAlone: 0,
  dead: 0,
})

function oneJob(book, { id, job, kind, starts, ended, pidOf, killedAt }) {
  const { counts, wrong } = book
  if (job.state === 'dead') counts.dead++
  const terminal = job.attempts.filter(({ end }) => TERMINAL.has(end))
  if (terminal.length !== 1 || terminal[0] !== job.attempts.at(-1))
    wrong.push(`${id} ended ${terminal.length} times: ${job.attempts.map(({ end }) => end)}`)
  // More starts than claims, or a start after the end that was accepted: it ran again although nobody had asked for it.
  if (terminal.length > 1 || starts.length > job.attempts.length) {
    counts.duplicates++
    wrong.push(`${id} started ${starts.length} times in ${job.attempts.length} claims`)
  }
  if (starts.filter(({ pid }) => ended.has(`${id} ${pid}`)).length > 1) counts.finishedHandlersRunAgain++
  const losses = job.attempts.filter(({ end }) => end.startsWith('lost')).map(({ worker }) => killedAt.get(pidOf.get(worker)))
  let used = 0
  for (const attempt of job.attempts) {
    if (attempt.end.startsWith('lost')) oneLoss(book, { id, kind, attempt, used, starts, pid: pidOf.get(attempt.worker), killedAt, losses })
    used = attempt.attempt
  }
}

function oneLoss({ times, counts, wrong }, { id, kind, attempt, used, starts, pid, killedAt, losses }) {
  const at = killedAt.get(pid)
  if (at === undefined) return wrong.push(`${id} was taken from worker ${pid}, which nobody had killed`)
  const ran = starts.some((start) => start.pid === pid)
  counts[ran ? 'heldRunning' : 'heldWaiting']++
  if (attempt.end === 'lost-alone') counts.convictedAlone++
  if (attempt.end === 'lost-waiting' && attempt.attempt !== used) wrong.push(`${id} never started and lost an attempt`)
  if (attempt.end !== 'lost-waiting' && !ran) {
    counts.blamedWithoutStart++
    wrong.push(`${id} (${kind}) never started and gained a crash: ${attempt.end}`)
  }
  const again = starts.find((start) => start.at > at && start.pid !== pid)
  if (!again) return wrong.push(`${id} was held by ${pid} and never ran again`)
  // Where the next holder was killed too before it began the job, the time spans both deaths.
  const twice = losses.some((loss) => loss > at && loss < again.at)
  for (const key of ['all', twice ? TWICE : ONCE, `${kind}, ${ran ? 'running' : 'waiting'}`]) {
    times[key] ??= []
    times[key].push(Math.round(again.at - at))
  }
}

function groupStarts(lines) {
  const groups = new Map()
  for (const line of lines) {
    if (line.ev !== 'start') continue
    if (!groups.has(line.job)) groups.set(line.job, [])
    groups.get(line.job).push(line)
  }
  return groups
}

async function* views(store, ids) {
  const app = new Worksong({ store, jobs: [], logger: false })
  try {
    const left = [...ids]
    while (left.length > 0) {
      const some = left.splice(-AT_ONCE)
      yield* (await Promise.all(some.map((id) => app.jobs.get(id)))).map((job, at) => [some[at], job])
    }
  } finally {
    await app.close()
  }
}

export const rowsInOrder = ['all', ONCE, TWICE, ...Object.keys(KINDS).flatMap((kind) => [`${kind}, running`, `${kind}, waiting`])]
