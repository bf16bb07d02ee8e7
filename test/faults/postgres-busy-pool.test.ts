/** Handlers hold every connection of the pool that they share with the app, for longer than two leases: the lease is not lost, and ends are written. */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { defineJob, typed, Worksong } from 'worksong'
import { postgres } from 'worksong/postgres'
import { testPostgres } from '../support/postgres.js'
import { LEASE } from './postgres-trouble.js'
import { stage } from './stage.js'

it('handlers that hold the whole pool lose nothing', async () => {
  const on = await stage('postgres')
  const { schema } = on.place as { schema: string }
  const pool = new pg.Pool({ connectionString: testPostgres(), max: 2 })
  onTestFinished(() => pool.end())
  let letGo = () => {}
  const enough = new Promise<void>((resolve) => {
    letGo = resolve
  })
  let holding = 0
  const child = defineJob({ name: 'work', input: typed<Record<string, unknown>>() })
  const holder = defineJob({
    name: 'holder',
    queue: 'holders',
    run: async (_input, ctx) => {
      const client = await pool.connect()
      try {
        holding++
        await ctx.progress(1)
        await app.enqueue(child, {})
        await enough
        ctx.signal.throwIfAborted()
      } finally {
        client.release()
      }
    },
  })
  const app = new Worksong({ store: postgres({ pool, schema }), jobs: [holder], lease: LEASE, logger: false })
  onTestFinished(() => app.close())
  const ids = await Promise.all(Array.from({ length: 6 }, async () => (await app.enqueue(holder)).id))
  await app.worker({ concurrency: 6, queues: ['holders'] }).start()
  // It looks for the lost, and runs what the holders enqueue.
  const watcher = await on.worker({ lease: LEASE, queues: ['default'] })
  await on.until('all of the pool is held', () => holding === 2 && pool.waitingCount === 4)
  await pause(2 * LEASE.duration)
  expect([holding, pool.waitingCount]).toEqual([2, 4])
  letGo()
  await on.drained()
  for (const id of ids) {
    const job = await on.app.jobs.get(id)
    expect(job).toMatchObject({ state: 'succeeded', attempt: 1, progress: { done: 1 } })
    expect(job?.attempts.length).toBe(1)
  }
  expect(on.evidence('end').length).toBe(6)
  expect(on.logs('worker.silent')).toEqual([])
  expect(watcher.running).toBe(true)
})
