#!/usr/bin/env node
// node bench/recovery.mjs --engine postgres|sqlite [--kills 1000] [--fleet 16] [--every 600] [--seed N] [--json FILE] [--dir DIR] [--no-pack]
//
// The recovery figure: workers are killed with kill -9 while they hold jobs; how long until each of these jobs runs again, and are the
// accounts in order afterwards? Default lease (15 s), sweep (5 s), prefetch. See README.md.

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { installPeers, installWorksong } from './lib/pack.mjs'
import { onGround } from './lib/servers.mjs'

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
const { engine } = flags
if (engine !== 'postgres' && engine !== 'sqlite') throw new Error(`--engine: postgres or sqlite, not ${engine}`)
const [kills, fleet, every, seed] = [flags.kills, flags.fleet, flags.every, flags.seed].map(Number)

installPeers()
await onGround(flags.dir, async (directory) => {
  if (!flags['no-pack']) installWorksong(directory)
  // Both import worksong, which until now was not there, or was an older build.
  const { recovery } = await import('./lib/recovery.mjs')
  const { printRecovery } = await import('./lib/recovery-report.mjs')
  const result = await recovery({ engine, kills, fleet, every, seed }, directory)
  printRecovery(result)
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(result, null, 2)}\n`)
  process.exitCode = result.wrong.length === 0 ? 0 : 1
})
