// What a worker costs that has nothing to do: its start, its end, and the time between.

import { readFileSync } from 'node:fs'
import { round, sleep } from '../lib/measure.mjs'
import { onPostgres, scaled, settings } from '../lib/settings.mjs'
import { once } from '../lib/sql.mjs'
import { spawnWorkers } from '../lib/workers.mjs'

const IDLE_MS = scaled(20_000, 4_000)
const SETTLE_MS = 3_000
const TICK_MS = 10

export const rows = {
  startstop: {
    title: 'start and finish of an idle worker, in a process of its own, the app already open',
    figures: { startMs: ['start, ms', 1], stopMs: ['stop worker and close app, ms', 1], openMs: ['open the app, ms', 1] },
    run: startStop,
  },
  idle: {
    title: 'an app with a worker that has nothing to do',
    figures: {
      statements: ['statements/s', 2],
      transactions: ['transactions/s', 2],
      cpu: ['% of a core', 2],
      server: ['% of a core in its backends', 2],
    },
    run: idle,
  },
}

async function startStop() {
  const workers = await spawnWorkers(1, { reportMs: 0 })
  await workers.start()
  await sleep(1000)
  const { times, rssMb } = await workers.stop()
  return { ...times, rssMb }
}

async function idle() {
  if (onPostgres()) await once(`alter database ${database()} set log_statement = 'all'`, { database: 'postgres' })
  const workers = await spawnWorkers(1, { reportMs: 0 })
  await workers.start()
  await sleep(SETTLE_MS)
  const from = { ...(await workers.cpu()), ...(await server()) }
  await sleep(IDLE_MS)
  const to = { ...(await workers.cpu()), ...(await server()) }
  const { rssMb } = await workers.stop()
  const seconds = (to.at - from.at) / 1000
  const per = (key) => round((to[key] - from[key]) / seconds)
  const cpu = round(per('ms') / 10)
  if (!onPostgres()) return { cpu, rssMb }
  const logged = to.log.slice(from.log.length)
  return {
    statements: round(logged.length / seconds),
    transactions: per('committed'),
    cpu,
    server: round(per('ticks') * TICK_MS * 0.1),
    kinds: frequent(logged),
    rssMb,
  }
}

const database = () => new URL(settings.store).pathname.slice(1)

/** The server's view, asked from another database so that asking does not count. */
async function server() {
  if (!onPostgres()) return {}
  const [{ committed, pids }] = await once(
    `select (select xact_commit + xact_rollback from pg_stat_database where datname = '${database()}') as committed,
      (select array_agg(pid) from pg_stat_activity where datname = '${database()}') as pids`,
    { database: 'postgres' },
  )
  const log = readFileSync(settings.postgresLog, 'utf8').match(/LOG: {2}(statement|execute [^:]*):\s+.*/g) ?? []
  return { committed: Number(committed), ticks: (pids ?? []).reduce((sum, pid) => sum + ticksOf(pid), 0), log }
}

/** User and system time of a process, in hundredths of a second. */
function ticksOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return Number(fields[11]) + Number(fields[12])
  } catch {
    return 0
  }
}

function frequent(lines) {
  const counts = {}
  for (const line of lines) {
    const kind = line
      .replace(/^LOG: {2}[^:]*:\s+/, '')
      .trim()
      .slice(0, 160)
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}
