/** worksong workers stop ID-or-name… */
import { setTimeout as sleep } from 'node:timers/promises'
import { formatDuration } from '../core/index.js'
import type { WorkerRecord } from '../engine/index.js'
import { operation } from './operation.js'
import { persist } from './persist.js'
import type { Tools } from './tools.js'
import { findWorkers, silence, type Wished, wish, wishedText, workersField } from './workers-wish.js'

const POLL_MS = 250

export const workersStop = operation<{ workers: string[]; wait?: number }, Wished[]>({
  name: ['workers', 'stop'],
  words: 'Let workers finish what they run, within their grace, and end',
  right: 'operate',
  long: true,
  destructive: true,
  fields: { ...workersField, wait: { type: 'duration', unit: true, words: 'wait this long until they are gone' } },
  examples: ['worksong workers stop worker-1 --yes', 'worksong workers stop worker-1 worker-2 --wait 30s --yes'],
  async run(tools, { workers, wait }) {
    const asked = await wish(tools, workers, 'stop')
    return wait === undefined ? asked : gone(tools, asked, wait)
  },
  async plan(tools, { workers }) {
    const found = await findWorkers(tools, workers)
    const records = found.flatMap(({ record }) => record ?? [])
    const missing = found.flatMap(({ worker, record }) => (record ? [] : [worker]))
    const named = records.map(planned).join(', ')
    const words = `Stop ${records.length} ${records.length === 1 ? 'worker' : 'workers'}${named && `: ${named}`}`
    return { words, count: records.length, ...(missing.length > 0 ? { missing } : {}) }
  },
  show: wishedText,
  failed: (results) => results.some(({ result }) => result === 'missing' || result === 'stopping'),
})

function planned(record: WorkerRecord): string {
  const { silentMs } = silence(record)
  const silent = silentMs === undefined ? '' : `, silent for ${formatDuration(silentMs)}`
  return `${record.name} (pid ${record.pid} on ${record.host}, holding ${record.holding}${silent})`
}

/** Watch them go: `stopping` are those that are still there when the time is over. */
async function gone(tools: Tools, asked: readonly Wished[], waitMs: number): Promise<Wished[]> {
  const { engine, signal, progress } = tools
  const until = performance.now() + waitMs
  for (;;) {
    const records = new Map((await persist(() => engine.listWorkers())).map((record) => [record.id, record]))
    const now = asked.map((one) => after(one, records.get(one.id ?? '')))
    const left = now.filter(({ result }) => result === 'stopping').length
    progress?.({ done: now.length - left, total: now.length, words: 'gone' })
    if (left === 0 || signal?.aborted || performance.now() >= until) return now
    await sleep(POLL_MS, undefined, { ...(signal ? { signal } : {}) }).catch(() => undefined)
  }
}

function after({ silentMs: _, ...asked }: Wished, record: WorkerRecord | undefined): Wished {
  if (asked.result !== 'asked') return asked
  const state = record?.state ?? 'stopped'
  return { ...asked, ...silence(record), result: state === 'live' ? 'stopping' : state }
}
