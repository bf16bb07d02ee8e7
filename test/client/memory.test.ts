/** enqueueMany keeps nothing of what it has stored: so many entries that holding them would need several times the memory that there is. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { sqlite } from '#dist/engines/sqlite/index.js'
import { jobsIn } from '../support/stores.js'

const COUNT = Number(process.env.WORKSONG_TEST_ENTRIES ?? 200_000)
/** Young objects live beside the old ones; in 32 MB some 60,000 entries would fit, were they kept. */
const HEAP_MB = COUNT > 500_000 ? 128 : 32
const CHILD = fileURLToPath(new URL('./processes/enqueue-many.mjs', import.meta.url))

it(`${COUNT} entries from an asynchronous source need no more memory than a few`, { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'worksong-many-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'jobs.db')
  const { stdout } = await promisify(execFile)(process.execPath, [`--max-old-space-size=${HEAP_MB}`, CHILD, path, String(COUNT)])
  expect(JSON.parse(stdout)).toEqual({ enqueued: COUNT, duplicates: 0, rejected: 0, outcomes: COUNT })
  const engine = sqlite({ path })
  onTestFinished(() => engine.close())
  await engine.open()
  expect(await jobsIn(engine)).toBe(COUNT)
})
