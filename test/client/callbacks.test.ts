/** What enqueueMany calls: a promise is waited for, or refused, and none of its rejections goes unheard (one would end this process). */
import { describe, expect, it } from 'vitest'
import { defineJob, type EntryOutcome } from '#dist/client/index.js'
import { newId, typed, type WorksongError } from '#dist/core/index.js'
import { sqliteMemory } from '../support/engines.js'
import { errorOf, jobsIn, makers } from '../support/stores.js'
import { newClient } from './parts.js'

const job = defineJob({ name: 'n', input: typed<number>() })
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)
const cause = new Error('the audit log is down')

describe.each(makers)('$name', (maker) => {
  it('an asynchronous onOutcome is waited for before the next chunk, and before the answer', async () => {
    const { enqueuer, engine } = await newClient(maker)
    const { insertChunk, parallelInserts } = engine.capabilities
    let open = 0
    let most = 0
    let done = 0
    const onOutcome = async () => {
      most = Math.max(most, ++open)
      await new Promise((resolve) => setImmediate(resolve))
      open--
      done++
    }
    await enqueuer.enqueueMany(job, upTo(6 * insertChunk), { onOutcome })
    expect(done).toBe(6 * insertChunk)
    expect(most).toBeLessThanOrEqual((parallelInserts + 1) * insertChunk)
  })

  it('an onOutcome that rejects fails the call as one that throws does, and what had been read is stored', async () => {
    const { enqueuer, engine } = await newClient(maker)
    const { insertChunk, parallelInserts } = engine.capabilities
    const error = (await errorOf(
      enqueuer.enqueueMany(job, upTo(20 * insertChunk), { onOutcome: () => Promise.reject(cause) }),
    )) as WorksongError
    expect(error).toMatchObject({ code: 'WS_SOURCE_FAILED', field: 'onOutcome', cause })
    const stored = await jobsIn(engine)
    expect(error.counts).toEqual({ enqueued: stored, duplicates: 0, rejected: 0 })
    expect(stored).toBeLessThanOrEqual((parallelInserts + 2) * insertChunk)
  })
})

describe('callbacks', () => {
  it('an onOutcome that rejects for the last entry, or for a bad one', async () => {
    const { enqueuer } = await newClient(sqliteMemory)
    const onOutcome = async ({ index }: EntryOutcome) => {
      if (index === 2) throw cause
    }
    expect(await errorOf(enqueuer.enqueueMany(job, [1, 2, 3], { onOutcome }))).toMatchObject({ field: 'onOutcome', cause })
    expect(await errorOf(enqueuer.enqueueMany(job, [1, 2, Number.NaN], { onOutcome }))).toMatchObject({
      field: 'onOutcome',
      counts: { enqueued: 2, rejected: 1 },
    })
  })

  it('of very many bad entries, no more than a thousand answers are waited for at once', async () => {
    const { enqueuer } = await newClient(sqliteMemory)
    let open = 0
    let most = 0
    const onOutcome = async () => {
      most = Math.max(most, ++open)
      await null
      open--
    }
    const counts = await enqueuer.enqueueMany(job, Array(5000).fill(Number.NaN), { onOutcome })
    expect([counts.rejected, most]).toEqual([5000, 1000])
  })

  it('a close from within onOutcome ends', async () => {
    const { enqueuer } = await newClient(sqliteMemory)
    const answer = await enqueuer.enqueueMany(job, [1], { onOutcome: () => enqueuer.close() })
    expect(answer.enqueued).toBe(1)
  })

  it.each<[string, () => unknown]>([
    ['that resolves', async () => newId()],
    ['that rejects', async () => Promise.reject(cause)],
  ])('an id that is a promise %s rejects its entry', async (_what, id) => {
    const { enqueuer, engine } = await newClient(sqliteMemory)
    const told: EntryOutcome[] = []
    const counts = await enqueuer.enqueueMany(job, [1], { id: id as () => string, onOutcome: (one) => told.push(one) })
    expect(counts).toEqual({ enqueued: 0, duplicates: 0, rejected: 1 })
    expect(told).toMatchObject([{ error: { code: 'WS_INVALID_OPTION', field: 'id', message: expect.stringContaining('a promise') } }])
    expect(await jobsIn(engine)).toBe(0)
  })
})
