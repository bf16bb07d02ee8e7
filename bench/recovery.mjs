#!/usr/bin/env node
// node bench/recovery.mjs --engine postgres|sqlite [--kills 1000] [--fleet 16] [--every 600] [--seed N] [--json FILE] [--dir DIR] [--no-pack]
//
// The recovery figure: workers are killed with kill -9 while they hold jobs; how long until each of these jobs runs again, and are the
// accounts in order afterwards? Default lease (15 s), sweep (5 s), prefetch. See README.md.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { installWorksong } from './lib/pack.mjs'
import { account } from './lib/recovery-account.mjs'
import { Fleet } from './lib/recovery-fleet.mjs'
import { startFeed } from './lib/recovery-jobs.mjs'
import { printRecovery } from './lib/recovery-report.mjs'
import { workerProcess } from './lib/recovery-worker.mjs'
import { openGround, startPostgres } from './lib/servers.mjs'

if (process.argv[2] === 'worker') await workerProcess(JSON.parse(process.argv[3]))
else await main()

async function main() {
  const { values: flags } = parseArgs({
    options: {
      engine: { type: 'string', default: 'postgres' },
      kills: { type: 'string', default: '1000' },
      fleet: { type: 'string', default: '16' },
      every: { type: 'string', default: '600' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      json: { type: 'string' },
      dir: { type: 'string' },
      'no-pack': { type: 'boolean', default: false },
    },
  })
  const ground = openGround(flags.dir)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => ground.close().then(() => process.exit(130)))
  try {
    if (!flags['no-pack']) installWorksong(ground.directory)
    const result = await recovery(flags, ground.directory)
    printRecovery(result)
    if (flags.json) writeFileSync(flags.json, `${JSON.stringify(result, null, 2)}\n`)
    process.exitCode = result.wrong.length === 0 ? 0 : 1
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  } finally {
    await ground.close()
  }
  process.exit()
}

/** Storm, then calm: every job that was put in has to end. */
async function recovery({ engine, kills, fleet: mortals, every, seed }, directory) {
  const postgres = engine === 'postgres' ? await startPostgres(directory) : undefined
  const store = postgres ? await postgres.wiped() : `sqlite:${join(directory, 'jobs.db')}`
  const evidence = join(directory, 'evidence')
  const began = performance.now()
  const feed = await startFeed(store, Number(seed))
  const fleet = new Fleet({ store, evidence, mortals: Number(mortals), seed: Number(seed) })
  await fleet.start()
  console.error(`${mortals} workers that may die and ${fleet.survivors} that may not; seed ${seed}`)
  for (let kill = 1; kill <= Number(kills); kill++) {
    await fleet.kill(Number(every))
    if (kill % 50 === 0) console.error(`${kill} kills in ${Math.round((performance.now() - began) / 1000)} s`)
  }
  await feed.stop()
  // What the last ones held has to come back while all of the others are at work.
  await fleet.recovered()
  fleet.wrapUp()
  await feed.drained()
  const seconds = Math.round((performance.now() - began) / 1000)
  await fleet.stop()
  const result = await account({ store, ids: feed.ids, evidence, kills: fleet.kills })
  await postgres?.close()
  return { engine, store: postgres?.version ?? 'SQLite', seed: Number(seed), kills: fleet.kills.length, seconds, ...result }
}
