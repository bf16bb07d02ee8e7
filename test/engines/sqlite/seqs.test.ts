/** A job's seq is its own for ever: what still names a deleted job must not meet another. */
import { describe, expect, it } from 'vitest'
import { newWorker, TestWorker } from '#dist/testing/conformance/index.js'
import { newFile, newJob, openEngine } from './files.js'

const AT_ONCE = { succeededMs: 0, cancelledMs: 0, deadMs: 0, limit: 100 }

describe('no seq is given twice', () => {
  it.each(['deleted', 'pruned'])('after the last jobs were %s, also by those who open the file later', async (how) => {
    const path = newFile()
    const engine = await openEngine({ path })
    const given: number[] = []
    for (let round = 0; round < 3; round++) {
      const [first, last] = [newJob(), newJob()]
      const opened = await openEngine({ path })
      await opened.insertJobs({ jobs: [first, last] })
      const worker = new TestWorker(opened, newWorker())
      await opened.registerWorker(worker.info)
      const held = await worker.take()
      given.push(...held.map(({ entry }) => entry))
      await worker.finishAll(held, 'succeeded')
      if (how === 'pruned') expect((await opened.pruneJobs(AT_ONCE)).pruned).toBe(2)
      else expect(await engine.deleteJobs({ ids: [last.id, first.id] })).toEqual(['deleted', 'deleted'])
    }
    expect(given).toEqual([...new Set(given)].sort((a, b) => a - b))
  })
})
