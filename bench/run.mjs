#!/usr/bin/env node
// node bench/run.mjs [--rounds 5] [--rows drain,bulk,…|all] [--engines postgres,sqlite|none] [--peers a,b|none]
//                    [--jobs 50000] [--scale 1] [--json FILE] [--dir DIR] [--no-pack] [--calm SECONDS]

import { openJournal } from './lib/journal.mjs'
import { calm, describeMachine, settleDisk } from './lib/machine.mjs'
import { runOnce, shortly } from './lib/once.mjs'
import { readOptions } from './lib/options.mjs'
import { installPeers, installWorksong } from './lib/pack.mjs'
import { report } from './lib/report.mjs'
import { onGround } from './lib/servers.mjs'
import { openStores } from './lib/stores.mjs'

const options = readOptions(process.argv.slice(2))
const { rows, contestants, rounds, jobs, scale } = options

/** What is to be measured, in order: round by round, row by row, each contestant once. */
function* plan() {
  for (let round = 0; round < rounds; round++) {
    for (const row of rows) {
      const here = contestants.filter((one) => one.rows.includes(row))
      // Each round starts with another contestant, so that nobody always follows the same one.
      for (let i = 0; i < here.length; i++) yield { round, row, contestant: here[(i + round) % here.length] }
    }
  }
}

async function main(directory) {
  const packed = options.pack && contestants.some((one) => one.ours) ? installWorksong(directory) : undefined
  const stores = await openStores(directory, new Set(contestants.map((one) => one.store)))
  const machine = describeMachine([...stores.versions, packed && `worksong ${packed}`])
  const journal = openJournal(options.json)
  console.log(`${machine}\n${rounds} interleaved rounds, ${jobs} jobs, scale ${scale}, 200-byte payloads`)
  journal.add({ machine })
  for (const { name, store } of contestants) {
    if (!stores.has(store)) journal.add({ contestant: name, skipped: `no ${store} here` })
  }

  let failed = 0
  for (const { round, row, contestant } of plan()) {
    const { name, store, ours } = contestant
    const about = { row, contestant: name, round, jobs, scale }
    if (!stores.has(store) || journal.has(about)) continue
    try {
      const env = { BENCH_STORE: await stores.wiped(store), BENCH_JOBS: jobs, BENCH_SCALE: scale, BENCH_POSTGRES_LOG: stores.postgresLog }
      settleDisk()
      const othersPercent = await calm(options.calmSeconds)
      const result = await runOnce(name, row, env)
      journal.add({ ...about, ...result, othersPercent, ...(ours && packed && { build: packed }) })
      console.error(`round ${round + 1} ${JSON.stringify(journal.lines.at(-1))}`)
    } catch (error) {
      failed++
      journal.add({ ...about, failed: shortly(error) })
      console.error(`round ${round + 1} ${row} ${name} FAILED: ${error.message}`)
    }
  }
  await stores.close()
  console.log(report(journal.lines))
  if (failed) {
    console.error(`\n${failed} runs FAILED`)
    process.exitCode = 1
  }
}

installPeers()
await onGround(options.directory, main)
