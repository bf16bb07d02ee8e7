// Many jobs from a stream, at flat memory: one outcome per entry, and a bad entry loses none of the others.
import assert from 'node:assert/strict'
import { defineJob, Worksong } from 'worksong'
import { z } from 'zod'

const importRow = defineJob({
  name: 'import.row',
  input: z.object({ line: z.number(), sku: z.string().min(1) }),
  async run({ sku }) {
    return { imported: sku }
  },
})

/** Stands for a file, a cursor, an API with pages: it is never in memory as a whole. */
async function* readRows(count: number): AsyncGenerator<{ line: number; sku: string }> {
  for (let line = 1; line <= count; line++) yield { line, sku: line % 1000 === 0 ? '' : `SKU-${line}` }
}

const app = new Worksong({ store: process.env.WORKSONG_STORE ?? 'sqlite::memory:', jobs: [importRow], logger: false })

const rejected: number[] = []
const { enqueued, duplicates } = await app.enqueueMany(importRow, readRows(5000), {
  priority: 'low',
  onOutcome: (outcome) => {
    if (outcome.status === 'rejected') rejected.push(outcome.index)
  },
})
console.log(`${enqueued} enqueued, ${duplicates} duplicates, ${rejected.length} rejected`)

assert.equal(enqueued, 4995)
assert.deepEqual(rejected, [999, 1999, 2999, 3999, 4999])
const [queue] = await app.queues.list()
assert.equal(queue?.queued, 4995)
await app.close()
