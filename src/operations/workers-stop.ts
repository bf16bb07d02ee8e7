/** worksong workers stop ID-or-name… */
import { setTimeout as sleep } from 'node:timers/promises'
import { operation } from './operation.js'
import { persist } from './persist.js'
import type { Tools } from './tools.js'
import { findWorkers, type Wished, wish, wishedText, workersField } from './workers-wish.js'

const POLL_MS = 250

export const workersStop = operation<{ workers: string[]; wait?: number }, Wished[]>({
  name: ['workers', 'stop'],
  words: 'Let workers finish what they run, within their grace, and end',
  right: 'operate',
  long: true,
  destructive: true,
  fields: { ...workersField, wait: { type: 'duration', words: 'wait this long until they are gone' } },
  examples: ['worksong workers stop worker-1 --yes', 'worksong workers stop worker-1 worker-2 --wait 30s --yes'],
  async run(tools, { workers, wait }) {
    const asked = await wish(tools, workers, 'stop')
    return wait === undefined ? asked : gone(tools, asked, wait)
  },
  async plan(tools, { workers }) {
    const records = (await findWorkers(tools, workers)).flatMap(({ record }) => record ?? [])
    const named = records.map(({ name, pid, host, holding }) => `${name} (pid ${pid} on ${host}, holding ${holding})`).join(', ')
    const words = `Stop ${records.length} ${records.length === 1 ? 'worker' : 'workers'}${named && `: ${named}`}`
    return { words, count: records.length }
  },
  show: wishedText,
  failed: (results) => results.some(({ result }) => result === 'missing' || result === 'stopping'),
})

/** Watch them go: `stopping` are those that are still there when the time is over. */
async function gone(tools: Tools, asked: readonly Wished[], waitMs: number): Promise<Wished[]> {
  const { engine, signal, progress } = tools
  const until = performance.now() + waitMs
  for (;;) {
    const states = new Map((await persist(() => engine.listWorkers())).map(({ id, state }) => [id, state]))
    const now = asked.map((one) => ({ ...one, result: after(one, states.get(one.id ?? '')) }))
    const left = now.filter(({ result }) => result === 'stopping').length
    progress?.({ done: now.length - left, total: now.length, words: 'gone' })
    if (left === 0 || signal?.aborted || performance.now() >= until) return now
    await sleep(POLL_MS, undefined, { ...(signal ? { signal } : {}) }).catch(() => undefined)
  }
}

function after({ result }: Wished, state: 'live' | 'lost' | 'stopped' | undefined): Wished['result'] {
  if (result !== 'asked') return result
  return state === 'live' ? 'stopping' : (state ?? 'stopped')
}
