/** What a job hands on to those that it enqueues: its id as their parent, and one correlation id for all. */
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import type { JobContext } from '#dist/core/index.js'
import { typed } from '#dist/core/index.js'
import { makers } from '../support/stores.js'
import { newApp } from '../worker/parts.js'

const leaf = defineJob({ name: 'leaf', input: typed<number>(), run: (n, ctx) => ({ n, correlationId: ctx.job.correlationId }) })

describe.each(makers)('$name', (maker) => {
  async function family(run: (app: Awaited<ReturnType<typeof newApp>>['app'], ctx: JobContext) => Promise<string[]>) {
    const root = defineJob({ name: 'root', input: typed<number>(), run: (_n, ctx): Promise<string[]> => run(made.app, ctx) })
    const made = await newApp(maker, [root, leaf])
    await made.app.worker().start()
    return { app: made.app, root }
  }

  it('children know their parent, and share the correlation id of the first job', async () => {
    const { app, root } = await family(async (own) => {
      const one = await own.enqueue(leaf, 1)
      await turn()
      const ids: string[] = [one.id]
      await own.enqueueMany(leaf, [2, 3], { onOutcome: (outcome) => void ('id' in outcome && ids.push(outcome.id)) })
      return ids
    })
    for (const [options, correlationId] of [
      [{}, undefined],
      [{ correlationId: 'order 7' }, 'order 7'],
    ] as const) {
      const { id } = await app.enqueue(root, 0, options)
      const children = await app.jobs.wait<string[]>(id)
      expect(children.length).toBe(3)
      for (const child of children) {
        expect(await app.jobs.wait(child)).toMatchObject({ correlationId: correlationId ?? id })
        expect(await app.jobs.get(child)).toMatchObject({ parentId: id, correlationId: correlationId ?? id })
      }
    }
  })

  it('a child may have a correlation id of its own, and keeps its parent', async () => {
    const { app, root } = await family(async (own) => [(await own.enqueue(leaf, 1, { correlationId: 'own' })).id])
    const { id } = await app.enqueue(root, 0)
    const [child] = await app.jobs.wait<string[]>(id)
    expect(await app.jobs.get(child as string)).toMatchObject({ parentId: id, correlationId: 'own' })
  })

  it('handlers that run at once do not mix up their children', async () => {
    const { app, root } = await family(async (own, ctx) => {
      for (let n = 0; n < 5; n++) await turn()
      const { id } = await own.enqueue(leaf, 1)
      return [ctx.job.id, id]
    })
    const roots = await Promise.all(Array.from({ length: 10 }, (_, n) => app.enqueue(root, n)))
    for (const { id } of roots) {
      const [parent, child] = await app.jobs.wait<string[]>(id)
      expect([parent, (await app.jobs.get(child as string))?.parentId]).toEqual([id, id])
    }
  })

  it('what is enqueued outside of any job has no parent and is its own correlation', async () => {
    const { app } = await family(async () => [])
    const { id } = await app.enqueue(leaf, 1)
    expect(await app.jobs.get(id)).toMatchObject({ parentId: undefined, correlationId: id })
  })
})
