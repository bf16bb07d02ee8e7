/** The campaign: gives every scenario turn after turn, on every engine, until the time is over, and adds up what they report. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { EngineName } from '../faults/stage.js'
import { randomOf } from '../support/random.mjs'
import type { Report, Scenario } from './scenario.js'

export interface CampaignOptions {
  readonly seed: number
  readonly engines: readonly EngineName[]
  /** Until when turns begin; each scenario gets one turn at least. */
  readonly totalMs: number
  /** A turn's length at most; else each scenario's own. */
  readonly turnMs?: number
  /** One turn for each scenario, those that are quick, on the engines in turn. */
  readonly short?: boolean
  readonly log: (line: string) => void
}

/** What all turns of one scenario on one engine came to. */
export interface Row {
  readonly scenario: string
  readonly engine: EngineName
  turns: number
  jobs: number
  lost: number
  duplicates: number
  readonly faults: Record<string, number>
  readonly broken: string[]
  readonly times: Record<string, number[]>
}

const TURN_MS = 20_000
const PROGRESS_MS = 30_000
const NAMES = /^(contract|sqlite|postgres|processes)-.*\.ts$/

async function scenarios(): Promise<Scenario[]> {
  const folder = new URL('.', import.meta.url)
  const files = readdirSync(fileURLToPath(folder)).filter((name) => NAMES.test(name))
  const modules = await Promise.all(files.sort().map((name) => import(new URL(name, folder).href) as Promise<{ scenario?: Scenario }>))
  return modules.flatMap(({ scenario }) => (scenario ? [scenario] : []))
}

export async function campaign(options: CampaignOptions): Promise<readonly Row[]> {
  const { seed, engines, totalMs, short = false, log } = options
  const began = performance.now()
  const rows = (await scenarios())
    .filter((scenario) => !short || scenario.short)
    .flatMap((scenario, at) =>
      enginesOf(scenario, engines, short ? at : undefined).map((engine) => ({ scenario, row: newRow(scenario, engine) })),
    )
  const all = rows.map(({ row }) => row)
  const random = randomOf(seed)
  const progress = setInterval(() => log(`${minutes(performance.now() - began)}  ${summary(all)}`), PROGRESS_MS)
  try {
    for (let round = 1; round === 1 || (!short && performance.now() - began < totalMs); round++) {
      for (const { scenario, row } of rows) {
        if (round > 1 && performance.now() - began >= totalMs) break
        await takeTurn(scenario, row, Math.floor(random() * 2 ** 31), options)
      }
    }
  } finally {
    clearInterval(progress)
  }
  return all
}

function enginesOf({ engines }: Scenario, wanted: readonly EngineName[], at: number | undefined): readonly EngineName[] {
  const both = engines.filter((engine) => wanted.includes(engine))
  return at === undefined ? both : both.slice(at % both.length, (at % both.length) + 1)
}

async function takeTurn(scenario: Scenario, row: Row, seed: number, { turnMs, log }: CampaignOptions): Promise<void> {
  const { name } = scenario
  const deadline = performance.now() + Math.min(turnMs ?? Number.POSITIVE_INFINITY, scenario.turnMs ?? TURN_MS)
  const say = (line: string) => log(`${name} (${row.engine}): ${line}`)
  let report: Report
  try {
    report = await scenario.run({ seed, deadline, engine: row.engine, log: say })
  } catch (error) {
    report = {
      faults: {},
      jobs: 0,
      lost: 0,
      duplicates: 0,
      broken: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    }
  }
  row.turns++
  row.jobs += report.jobs
  row.lost += report.lost
  row.duplicates += report.duplicates
  for (const [fault, count] of Object.entries(report.faults)) row.faults[fault] = (row.faults[fault] ?? 0) + count
  for (const [what, times] of Object.entries(report.times ?? {})) row.times[what] = [...(row.times[what] ?? []), ...times]
  const broken = report.broken.map((line) => `turn seed ${seed}: ${line}`)
  row.broken.push(...broken)
  for (const line of broken.slice(0, 20)) say(`BROKEN ${line}`)
}

function newRow({ name }: Scenario, engine: EngineName): Row {
  return { scenario: name, engine, turns: 0, jobs: 0, lost: 0, duplicates: 0, faults: {}, broken: [], times: {} }
}

function faultsOf({ faults }: Row): number {
  return Object.values(faults).reduce((sum, count) => sum + count, 0)
}

function summary(rows: readonly Row[]): string {
  const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0)
  const turns = sum(({ turns: count }) => count)
  return `${turns} turns, ${sum(faultsOf)} faults, ${sum(({ jobs }) => jobs)} jobs, ${sum(({ lost }) => lost)} lost, ${sum(({ broken }) => broken.length)} broken`
}

function minutes(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
