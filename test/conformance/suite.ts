/** The conformance suite as vitest tests: one per case, each on a fresh store. */

import { describe, it } from 'vitest'
import { applies, conformanceCases, runCase, type StoreMaker } from '#dist/testing/conformance/index.js'

export function conformance(maker: StoreMaker): void {
  const methods = [...new Set(conformanceCases.map((testCase) => testCase.method))]
  describe.each(methods)(`${maker.name}: %s`, (method) => {
    for (const testCase of conformanceCases.filter((each) => each.method === method)) {
      it(`${testCase.result}: ${testCase.name}`, async (context) => {
        const store = await maker.make()
        if (applies(testCase, store)) return runCase(testCase, store)
        await store.discard(true)
        context.skip('the engine lacks the capability that the case needs')
      })
    }
  })
}
