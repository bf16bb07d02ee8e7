/** Enqueueing: what is kept of a job, to the bit, and the caller's own transaction. */
import assert from 'node:assert/strict'
import type { JobExtras, NewJob } from '../../engine/index.js'
import { type Bench, ids, only, sameIds } from './bench.js'
import { type Case, on, shared } from './case.js'

const HOSTILE = [
  'مرحبا \u202eabc\u202c',
  '😀👩‍👩‍👧‍👦 𐀀',
  "'; DROP TABLE jobs; --",
  '$1 ? :name {{x}} %s \\x00 \\u0000',
  'line\nbreak\r\ttab \u0001\u001f\u007f\u0085\u2028\ufeff',
  '__proto__',
  'constructor',
  'é e\u0301 \ufffd',
]

const EXTRAS: JobExtras = {
  tags: ['a', 'b,c', '{"x"}', ...HOSTILE],
  reference: { invoice: '00262316', 'odd key "\\': HOSTILE.join('') },
  correlationId: 'c-1',
  trace: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  description: 'What it is for',
  parentId: '018f0000-0000-7000-8000-000000000000',
  overrides: { retry: { attempts: 3, backoff: { type: 'fixed', first: 1.5 } }, timeoutMs: 1000 },
}

/** The job comes back the same from a claim and from a look at it. */
async function comesBack(t: Bench, jobs: readonly NewJob[]): Promise<void> {
  const worker = await t.worker()
  const claimed = await worker.take({ limit: jobs.length, from: [...new Set(jobs.map((job) => job.queue))] })
  sameIds(ids(claimed), ids(jobs))
  for (const job of jobs) {
    const { queue, kind, payload, extras } = job
    const seen = only(claimed.filter(({ id }) => id === job.id))
    const record = await t.job(job.id)
    assert.deepEqual({ queue: seen.queue, kind: seen.kind, payload: seen.payload, extras: seen.extras }, { queue, kind, payload, extras })
    assert.deepEqual(
      { queue: record.queue, kind: record.kind, payload: record.payload, extras: record.extras },
      { queue, kind, payload, extras },
    )
  }
}

export const enqueueKeptCases: readonly Case[] = [
  on('insertJobs', 'payload to the bit', 'payload text is neither parsed nor rewritten', async (t) => {
    const texts = [
      'null',
      // No JSON: the job has no input.
      '',
      '"text"',
      '0',
      '{ "b" : 1 , "a" : 1.0 }',
      '{"a":1,"a":2}',
      '12345678901234567890',
      '1e400',
      '[]',
      '{"":""}',
      '-0.0',
    ]
    await comesBack(t, await t.insert(texts.length, (index) => ({ payload: texts[index] ?? '' })))
  }),

  on('insertJobs', 'hostile text', 'text of any script, control characters and SQL come back to the bit', async (t) => {
    const jobs = await t.insert(HOSTILE.length, (index) => ({ payload: JSON.stringify({ [HOSTILE[index] ?? '']: HOSTILE[index] }) }))
    await comesBack(t, jobs)
  }),

  on('insertJobs', 'extras', 'everything that few jobs have comes back as it was', async (t) => {
    const parts = Object.entries(EXTRAS).map(([key, value]) => ({ [key]: value }) as JobExtras)
    const all = [EXTRAS, ...parts]
    await comesBack(t, await t.insert(all.length, (index) => ({ extras: all[index] ?? {} })))
  }),

  on('insertJobs', 'extras', 'jobs without any have none', async (t) => {
    const job = await t.insertOne()
    assert.equal((await t.job(job.id)).extras, undefined)
    assert.equal(only(await (await t.worker()).take()).extras, undefined)
  }),

  on('insertJobs', 'long names', 'queues and kinds of 128 characters of any script are told apart', async (t) => {
    const names = [
      'q'.repeat(128),
      `${'q'.repeat(127)}r`,
      '队'.repeat(128),
      `${'队'.repeat(127)}列`,
      'Q'.repeat(128),
      'é',
      'e\u0301',
      '1.2:3-4_5',
    ]
    await comesBack(t, await t.insert(names.length, (index) => ({ queue: names[index] ?? 'q', kind: names[index] ?? 'k' })))
    sameIds(
      (await t.engine.listQueues()).map((queue) => queue.name),
      names,
    )
  }),

  on('insertJobs', 'large payload', 'a payload of a megabyte comes back to the bit', async (t) => {
    await comesBack(t, await t.insert(2, (index) => ({ payload: JSON.stringify(`${index}é😀`.repeat(130_000)) })))
  }),

  on('insertJobs', 'tx commit', "jobs of the caller's transaction exist once it commits", txCommit, shared),
  on('insertJobs', 'tx rollback', "jobs of the caller's transaction never exist when it rolls back", txRollback, shared),

  on(
    'insertJobs',
    'tx scheduled',
    'delayed jobs may be part of it, too',
    async (t) => {
      const jobs = [t.newJob({ delayMs: 3_600_000 }), t.newJob({ runAt: 0 })]
      const own = await t.store.begin()
      await t.engine.insertJobs({ jobs, tx: own.tx })
      await own.commit()
      assert.deepEqual(await t.states(jobs), ['scheduled', 'queued'])
    },
    shared,
  ),

  on(
    'insertJobs',
    'tx exists',
    'a replay is told within it, and the transaction can go on',
    async (t) => {
      const old = await t.insertOne()
      const fresh = t.newJob()
      const own = await t.store.begin()
      assert.deepEqual(await t.engine.insertJobs({ jobs: [old, fresh], tx: own.tx }), ['exists', 'inserted'])
      assert.deepEqual(await t.engine.insertJobs({ jobs: [fresh], tx: own.tx }), ['exists'])
      await own.commit()
      assert.deepEqual(await t.states([old, fresh]), ['queued', 'queued'])
      sameIds(ids(await (await t.worker()).take()), ids([old, fresh]))
    },
    shared,
  ),
]

async function txCommit(t: Bench): Promise<void> {
  const jobs = Array.from({ length: 25 }, () => t.newJob())
  const own = await t.store.begin()
  const results = await t.engine.insertJobs({ jobs, tx: own.tx })
  assert.ok(results.every((result) => result === 'inserted'))
  assert.deepEqual(new Set(await t.states(jobs)), new Set(['missing']))
  await own.commit()
  assert.deepEqual(ids(await (await t.worker()).take()), ids(jobs))
}

async function txRollback(t: Bench): Promise<void> {
  const jobs = [t.newJob(), t.newJob({ delayMs: 1000 })]
  const own = await t.store.begin()
  await t.engine.insertJobs({ jobs, tx: own.tx })
  await own.rollback()
  assert.deepEqual(await t.states(jobs), ['missing', 'missing'])
  assert.deepEqual(await t.engine.insertJobs({ jobs }), ['inserted', 'inserted'])
}
