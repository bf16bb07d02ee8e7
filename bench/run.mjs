#!/usr/bin/env node
// node bench/run.mjs [--rounds 5] [--rows drain,bulk,…|all] [--engines postgres,sqlite|none] [--peers a,b|none]
//                    [--jobs 50000] [--json FILE] [--dir DIR] [--no-pack] [--calm SECONDS]

import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sleep } from './lib/measure.mjs'
import { installPeers, installWorksong } from './lib/pack.mjs'
import { report } from './lib/report.mjs'
import { openGround, startPostgres, startRedis } from './lib/servers.mjs'
import { CONTESTANTS, DEFAULT_ROWS, ROWS } from './lib/targets.mjs'

const RUN_LIMIT_MS = 300_000

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    rows: { type: 'string', default: DEFAULT_ROWS.join(',') },
    engines: { type: 'string', default: 'postgres,sqlite' },
    peers: { type: 'string' },
    jobs: { type: 'string', default: '50000' },
    json: { type: 'string' },
    dir: { type: 'string' },
    calm: { type: 'string', default: '0' },
    'no-pack': { type: 'boolean', default: false },
  },
})

const list = (text) => (text === 'none' ? [] : text.split(','))
function known(names, all, flag) {
  const wrong = names.filter((name) => !all.includes(name))
  if (wrong.length) throw new Error(`--${flag}: unknown ${wrong.join(', ')}; known: ${all.join(', ')}`)
  return names
}
const rows = flags.rows === 'all' ? Object.keys(ROWS) : known(list(flags.rows), Object.keys(ROWS), 'rows')
const engines = known(list(flags.engines), ['postgres', 'sqlite'], 'engines')
const all = Object.keys(CONTESTANTS)
const ours = all.filter((name) => CONTESTANTS[name].ours && engines.includes(CONTESTANTS[name].engine))
const others = all.filter((name) => !CONTESTANTS[name].ours)
const peers = flags.peers
  ? known(list(flags.peers), others, 'peers')
  : others.filter((name) => !engines.length || engines.includes(CONTESTANTS[name].engine))
const contestants = [...ours, ...peers]

/** The share of all cores that others use, over half a second in which we do nothing. */
async function busyShare() {
  const sum = () =>
    cpus().reduce(
      (total, { times }) => {
        const { idle, ...busy } = times
        return { idle: total.idle + idle, busy: total.busy + Object.values(busy).reduce((a, b) => a + b) }
      },
      { idle: 0, busy: 0 },
    )
  const before = sum()
  await sleep(500)
  const after = sum()
  return (after.busy - before.busy) / (after.busy - before.busy + after.idle - before.idle)
}

/** On a shared machine: waits until the others are quiet, but not for ever. The last share seen goes into the result. */
async function calm() {
  const deadline = Date.now() + Number(flags.calm) * 1000
  for (;;) {
    const share = Math.round(100 * (await busyShare()))
    if (share < 10 || Date.now() > deadline) return share
  }
}

/** One contestant, one row, one fresh process on a wiped store. */
function once(name, row, store) {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'contestants', `${name}.mjs`), [row], {
      env: { ...process.env, BENCH_STORE: store, BENCH_JOBS: flags.jobs },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), RUN_LIMIT_MS)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const line = out.trim().split('\n').at(-1)
      if (code === 0 && line.startsWith('{') && JSON.parse(line).verified) return resolve(JSON.parse(line))
      reject(new Error(`${signal ?? `exit ${code}`}: ${err.trim() || out.trim() || 'no result'}`))
    })
  })
}

const shortly = (error) => (error.message.match(/Error: (.*)/)?.[1] ?? error.message.split('\n')[0]).slice(0, 120)

async function main(ground) {
  const packed = ours.length && !flags['no-pack'] ? installWorksong(ground.directory) : undefined
  const needs = new Set(contestants.map((name) => CONTESTANTS[name].store))
  const postgres = needs.has('postgres') ? await startPostgres(ground.directory) : undefined
  const redis = needs.has('redis') ? await startRedis(ground.directory) : undefined
  let files = 0
  const wiped = {
    postgres: () => postgres.wiped(),
    redis: () => redis.wiped(),
    sqlite: async () => join(ground.directory, `bench${++files}.db`),
  }
  const skipped = {}
  if (needs.has('redis') && !redis) {
    for (const name of peers) if (CONTESTANTS[name].store === 'redis') skipped[name] = 'no redis-server'
  }

  const machine = [
    `${cpus().length} × ${cpus()[0].model.trim()}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${type()} ${release()}`,
    `Node ${process.version}`,
    postgres?.version,
    redis?.version,
    packed && `worksong ${packed}`,
  ]
    .filter(Boolean)
    .join(' · ')
  console.log(`${machine}\n${flags.rounds} interleaved rounds, ${flags.jobs} jobs, 200-byte payloads`)

  const results = []
  const failures = []
  const busy = []
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const row of rows) {
      // Each round starts with another contestant, so that nobody always follows the same one.
      const order = contestants.map((_, i) => contestants[(i + round) % contestants.length])
      for (const name of order) {
        if (skipped[name] || !CONTESTANTS[name].rows.includes(row)) continue
        try {
          const store = await wiped[CONTESTANTS[name].store]()
          const othersPercent = await calm()
          busy.push(othersPercent)
          const result = { round, ...(await once(name, row, store)), othersPercent }
          results.push(result)
          console.error(`round ${round + 1} ${JSON.stringify(result)}`)
        } catch (error) {
          failures.push({ round, row, contestant: name, error: shortly(error) })
          console.error(`round ${round + 1} ${row} ${name} FAILED: ${error.message}`)
        }
      }
    }
  }
  await postgres?.close()
  await redis?.close()
  const loaded = busy.filter((share) => share >= 10).length
  if (loaded) console.log(`**Others used 10 % or more of the cores before ${loaded} of ${busy.length} runs: not figures to publish.**`)
  console.log(report({ results, failures, skipped, rows, contestants }))
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ machine, results, failures, skipped }, null, 2)}\n`)
  if (failures.length) {
    console.error(`\n${failures.length} runs FAILED`)
    process.exitCode = 1
  }
}

installPeers()
const ground = openGround(flags.dir)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => ground.close().then(() => process.exit(130)))
}
try {
  await main(ground)
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await ground.close()
}
process.exit()
