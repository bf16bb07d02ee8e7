/** Runs one case on a fresh store and leaves nothing behind when it passes. For any test runner. */
import { Bench, type Store } from './bench.js'
import type { Case } from './case.js'

/** True when the engine must pass the case; a skip is always for a named capability. */
export function applies(testCase: Case, store: Store): boolean {
  return testCase.needs?.(store.engine().capabilities) ?? true
}

/** Run one case. Rejects with what the case found wrong; the store is then kept, for a look at it. */
export async function runCase(testCase: Case, store: Store): Promise<void> {
  const bench = new Bench(store, store.engine())
  let passed = false
  try {
    await bench.engine.open()
    if (testCase.store !== 'empty') await bench.engine.migrate()
    await testCase.run(bench)
    passed = true
  } finally {
    await bench.closeAll()
    await store.discard(passed)
  }
}
