/** What is on disk when the app has closed its store, and what one broken row does. */
import { copyFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { sqlite } from '#dist/engines/sqlite/index.js'
import { newWorker, TestWorker } from '#dist/testing/conformance/index.js'
import { DatabaseSync } from '../../support/sqlite.js'
import { newFile, newJob, openEngine } from './files.js'

it('the file alone holds every job once it is closed', async () => {
  const path = newFile()
  const engine = sqlite({ path })
  await engine.open()
  await engine.migrate()
  const jobs = Array.from({ length: 300 }, newJob)
  await engine.insertJobs({ jobs })
  await engine.close()
  const copy = newFile()
  copyFileSync(path, copy)
  const counts = (await (await openEngine({ path: copy })).listQueues())[0]?.counts
  expect(counts?.queued).toBe(300)
})

it('a row whose tags somebody has broken by hand does not stop its queue', async () => {
  const path = newFile()
  const engine = await openEngine({ path })
  const jobs = [newJob(), { ...newJob(), extras: { tags: ['a'], description: 'kept' } }, newJob()]
  await engine.insertJobs({ jobs })
  const hand = new DatabaseSync(path)
  hand.exec(`update worksong_jobs set tags = '["a' where tags is not null`)
  hand.close()
  const worker = new TestWorker(engine, newWorker())
  await engine.registerWorker(worker.info)
  const { jobs: claimed } = await worker.claim({ limit: 10, from: [jobs[0]?.queue ?? ''] })
  expect(claimed.map(({ extras }) => extras)).toEqual([undefined, { description: 'kept' }, undefined])
  expect((await engine.getJob({ id: jobs[1]?.id ?? '' }))?.extras).toEqual({ description: 'kept' })
})
