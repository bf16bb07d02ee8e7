/** worksong workers quiet|resume ID-or-name…, and how workers are named. */
import { formatDuration } from '../core/index.js'
import type { WorkerRecord, WorkerWish } from '../engine/index.js'
import { nearest } from './near.js'
import { operation } from './operation.js'
import { persist } from './persist.js'
import { table } from './table.js'
import type { Tools } from './tools.js'
import { isSilent } from './workers-list.js'

/** `asked`: the worker is told with its next poll, within a second. `missing`: no live worker has that id or name. */
export interface Wished {
  readonly worker: string
  /** Absent where there is none. */
  readonly id?: string
  /** Where there is none: live workers with names like it. */
  readonly similar?: readonly string[]
  /** Where its last sign of life is older than its lease: how old, in ms. It is probably gone. */
  readonly silentMs?: number
  readonly result: 'asked' | 'missing' | 'stopped' | 'lost' | 'stopping'
}

export const workersField = {
  workers: { type: 'text', many: true, words: 'ids or names of live workers; of several of one name, all', position: 0, required: true },
} as const

export const workersQuiet = operation<{ workers: string[] }, Wished[]>({
  name: ['workers', 'quiet'],
  words: 'Let workers take no more jobs; what they run goes on',
  right: 'operate',
  fields: workersField,
  examples: ['worksong workers quiet worker-1 worker-2'],
  run: (tools, { workers }) => wish(tools, workers, 'quiet'),
  show: wishedText,
  failed: (results) => results.some(({ result }) => result === 'missing'),
})

export const workersResume = operation<{ workers: string[] }, Wished[]>({
  name: ['workers', 'resume'],
  words: 'Let quiet workers take jobs again',
  right: 'operate',
  fields: workersField,
  examples: ['worksong workers resume worker-1'],
  run: (tools, { workers }) => wish(tools, workers, null),
  show: wishedText,
  failed: (results) => results.some(({ result }) => result === 'missing'),
})

const SHOWN = 60
const MOST_SIMILAR = 5

export async function wish(tools: Tools, names: readonly string[], wanted: WorkerWish | null): Promise<Wished[]> {
  const found = await findWorkers(tools, names)
  const results: Wished[] = []
  for (const { worker, record, similar } of found) {
    const heard = record !== undefined && (await persist(() => tools.engine.wishWorker({ worker: record.id, wish: wanted })))
    const who = { worker: record?.name ?? worker, ...(record ? { id: record.id } : {}), ...(similar ? { similar } : {}) }
    results.push({ ...who, ...silence(record), result: heard ? 'asked' : 'missing' })
  }
  return results
}

export function silence(record: WorkerRecord | undefined): Pick<Wished, 'silentMs'> {
  return record && isSilent(record) ? { silentMs: record.silentMs } : {}
}

interface Found {
  readonly worker: string
  readonly record?: WorkerRecord
  readonly similar?: readonly string[]
}

/** The live workers that are meant, each once; a name that no worker has stands without one. */
export async function findWorkers({ engine }: Tools, names: readonly string[]): Promise<Found[]> {
  const live = (await persist(() => engine.listWorkers())).filter(({ state }) => state === 'live')
  const seen = new Set<string>()
  return names.flatMap((worker) => {
    const meant = live.filter((one) => one.id === worker || one.name === worker)
    if (meant.length === 0) return [{ worker, ...similarTo(worker, live) }]
    return meant.filter(({ id }) => !seen.has(id) && seen.add(id)).map((record) => ({ worker, record }))
  })
}

/** The processes of one command have its name with a number behind it; else a typo. */
function similarTo(worker: string, live: readonly WorkerRecord[]): { similar?: readonly string[] } {
  const names = [...new Set(live.map(({ name }) => name))]
  const numbered = names.filter((name) => name.startsWith(`${worker}-`)).slice(0, MOST_SIMILAR)
  const similar = numbered.length > 0 ? numbered : [nearest(worker.slice(0, SHOWN), names) ?? []].flat()
  return similar.length > 0 ? { similar } : {}
}

export function wishedText(results: readonly Wished[]): string {
  const hints = results.flatMap((one) => hintOf(one) ?? [])
  return (
    table(
      ['worker', 'id', 'result'],
      results.map(({ worker, id, result }) => [cut(worker), id, result]),
    ) + hints.map((hint) => `\n${hint}`).join('')
  )
}

function hintOf({ worker, similar, silentMs, result }: Wished): string | undefined {
  if (similar) return `no live worker is named ${cut(worker)}: did you mean ${similar.join(', ')}?`
  if (silentMs === undefined || (result !== 'asked' && result !== 'stopping')) return undefined
  const gone = `the last beat of ${cut(worker)} was ${formatDuration(silentMs)} ago: it is probably gone`
  return `${gone}. Any worker that runs will find it lost, and its jobs go on there`
}

function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}
