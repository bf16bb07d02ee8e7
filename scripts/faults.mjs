// npm run faults -- [--minutes 30] [--seed N] [--engine sqlite|postgres|both]: builds, and runs the long fault campaign.
// Prints the seed, what goes on every 30 s, and at the end a table and the same as JSON. Exit 1 when an invariant was broken.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { percentile } from '../bench/lib/measure.mjs'
import { build } from './lib/build.mjs'
import { tool } from './lib/shell.mjs'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string' },
    engine: { type: 'string', default: 'both' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const USAGE = 'usage: npm run faults -- [--minutes 30] [--seed N] [--engine sqlite|postgres|both]'
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}
const minutes = Number(values.minutes)
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
const engines = values.engine === 'both' ? ['sqlite', 'postgres'] : [values.engine]
if (!(minutes > 0) || !Number.isSafeInteger(seed) || !engines.every((engine) => ['sqlite', 'postgres'].includes(engine))) {
  console.error(USAGE)
  process.exit(2)
}

const folder = mkdtempSync(join(tmpdir(), 'worksong-faults-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const result = join(folder, 'result.json')

const built = await build()
if (built.code !== 0) console.log(built.output)
process.exitCode = built.code === 0 ? await run() : 1

async function run() {
  console.log(`faults: ${minutes} minutes, seed ${seed}, ${engines.join(' and ')}`)
  process.env.WORKSONG_FAULTS = JSON.stringify({ minutes, seed, engines, result })
  const args = ['run', 'test/campaign/campaign.test.ts', '--project', 'unit', '--disable-console-intercept', '--reporter=dot']
  const { code } = await tool('vitest', 'vitest', args, { show: true })
  const rows = read()
  if (!rows) return 1
  console.table(rows.map(toLine))
  console.log(JSON.stringify({ minutes, seed, rows: rows.map(({ times, ...row }) => ({ ...row, times: percentiles(times) })) }))
  const broken = rows.reduce((sum, row) => sum + row.broken.length, 0)
  console.log(broken === 0 ? 'no invariant was broken' : `${broken} invariants were broken (seed ${seed})`)
  return broken === 0 ? code : 1
}

function read() {
  try {
    return JSON.parse(readFileSync(result, 'utf8'))
  } catch {
    console.log('the campaign did not come to its end')
    return undefined
  }
}

function toLine({ scenario, engine, turns, faults, jobs, lost, duplicates, broken }) {
  const injected = Object.values(faults).reduce((sum, count) => sum + count, 0)
  return { scenario, engine, turns, faults: injected, jobs, lost, duplicates, broken: broken.length }
}

function percentiles(times) {
  return Object.fromEntries(
    Object.entries(times).map(([what, all]) => {
      const at = (share) => Math.round(percentile(all, share))
      return [what, { count: all.length, p50: at(0.5), p99: at(0.99) }]
    }),
  )
}
