/** worksong workers quiet|resume ID-or-name…, and how workers are named. */
import type { WorkerRecord, WorkerWish } from '../engine/index.js'
import { operation } from './operation.js'
import { persist } from './persist.js'
import { table } from './table.js'
import type { Tools } from './tools.js'

/** `asked`: the worker is told with its next poll, within a second. `missing`: no live worker has that id or name. */
export interface Wished {
  readonly worker: string
  /** Absent where there is none. */
  readonly id?: string
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

export async function wish(tools: Tools, names: readonly string[], wanted: WorkerWish | null): Promise<Wished[]> {
  const found = await findWorkers(tools, names)
  const results: Wished[] = []
  for (const { worker, record } of found) {
    const heard = record !== undefined && (await persist(() => tools.engine.wishWorker({ worker: record.id, wish: wanted })))
    results.push({ worker: record?.name ?? worker, ...(record ? { id: record.id } : {}), result: heard ? 'asked' : 'missing' })
  }
  return results
}

/** The live workers that are meant, each once; a name that no worker has stands without one. */
export async function findWorkers({ engine }: Tools, names: readonly string[]): Promise<{ worker: string; record?: WorkerRecord }[]> {
  const live = (await persist(() => engine.listWorkers())).filter(({ state }) => state === 'live')
  const seen = new Set<string>()
  return names.flatMap((worker) => {
    const meant = live.filter((one) => one.id === worker || one.name === worker)
    if (meant.length === 0) return [{ worker }]
    return meant.filter(({ id }) => !seen.has(id) && seen.add(id)).map((record) => ({ worker, record }))
  })
}

export function wishedText(results: readonly Wished[]): string {
  return table(
    ['worker', 'id', 'result'],
    results.map(({ worker, id, result }) => [worker, id, result]),
  )
}
