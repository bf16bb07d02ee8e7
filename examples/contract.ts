// A contract in one package, its handler in another: the producer does not load what the worker needs.
import assert from 'node:assert/strict'
import { defineJob, implement, isWorksongError, Worksong } from 'worksong'
import { z } from 'zod'

// contracts.ts: shared. Input is checked at enqueue, stored as given, and parsed again when it runs: so that "since last week" is of then.
export const syncOrders = defineJob({
  name: 'orders.sync',
  input: z.object({
    shop: z.string().min(1),
    since: z.coerce.date().default(() => new Date(Date.now() - 7 * 86_400_000)),
  }),
  output: z.object({ orders: z.number().int() }),
})

// worker.ts
const jobs = [
  implement(syncOrders, async ({ shop, since }, ctx) => {
    ctx.log.info(`orders of ${shop} since ${since.toISOString()}`)
    return { orders: 3 }
  }),
]

const app = new Worksong({ store: process.env.WORKSONG_STORE ?? 'sqlite::memory:', jobs, logger: false })
await app.worker().start()

// producer.ts
const { id } = await app.enqueue(syncOrders, { shop: 'zagreb' })
const { orders } = await app.jobs.wait(id)
console.log(`${orders} orders`)

await app.enqueue(syncOrders, { shop: '' }).catch((error: unknown) => {
  assert.ok(isWorksongError(error, 'WS_INVALID_INPUT'))
  assert.equal(error.field, 'shop')
  console.log(error.message)
})

assert.equal(orders, 3)
assert.deepEqual((await app.jobs.get(id))?.input, { shop: 'zagreb' })
await app.close()
