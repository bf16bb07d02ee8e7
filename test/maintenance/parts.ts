/** What the tests of the maintenance room share: a real store whose clock, on SQLite, is ours. */
import { onTestFinished } from 'vitest'
import { newId } from '#dist/core/index.js'
import type { Engine, NewJob } from '#dist/engine/index.js'
import { sqlite } from '#dist/engines/sqlite/index.js'
import { FaultyEngine } from '../support/faulty-engine.js'

export interface Clocked {
  readonly engine: Engine
  readonly faults: FaultyEngine
  /** Move the store's clock on. */
  advance(ms: number): void
}

export async function clockedStore(): Promise<Clocked> {
  let now = Date.UTC(2026, 0, 1)
  const engine = sqlite({ path: ':memory:', clock: () => now })
  onTestFinished(() => engine.close())
  await engine.open()
  await engine.migrate()
  const advance = (ms: number) => {
    now += ms
  }
  return { engine, faults: new FaultyEngine(engine), advance }
}

export function jobs(count: number, more: Partial<NewJob> = {}): NewJob[] {
  return Array.from({ length: count }, () => ({ id: newId(), queue: 'q', kind: 'k', priority: 0, maxAttempts: 5, payload: '1', ...more }))
}
