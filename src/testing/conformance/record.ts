/** What a running job writes about itself: progress and log lines, under its fencing token. */
import assert from 'node:assert/strict'
import { newToken } from '../../core/index.js'
import type { LogWrite, ProgressWrite, Token } from '../../engine/index.js'
import { at, type Bench, only, sameIds } from './bench.js'
import { type Case, on } from './case.js'
import type { Held } from './worker.js'

const MAX_LINES = 1000

function token({ lease, id, claim, entry }: Held): Token {
  return { lease, id, claim, entry }
}

function progress(job: Held, body: string): ProgressWrite {
  return { ...token(job), body }
}

export function line(job: Held, text: string, time = 1): LogWrite {
  return { ...token(job), level: 'info', line: text, at: time }
}

export async function record(
  t: Bench,
  writes: { progress?: ProgressWrite[]; logs?: LogWrite[]; maxLines?: number },
): Promise<readonly string[]> {
  return t.engine.recordIfOwned({ progress: [], logs: [], maxLines: MAX_LINES, ...writes })
}

export async function held(t: Bench, count = 1): Promise<Held[]> {
  await t.insert(count)
  return (await t.worker()).take(count)
}

export async function lines(t: Bench, job: { id: string }, after = 0, limit = 100): Promise<string[]> {
  return (await t.engine.readLogs({ id: job.id, after, limit })).map((entry) => entry.line)
}

/** Neither progress nor lines of such a token are written, and its id is told. */
async function refuses(t: Bench, job: Held): Promise<void> {
  assert.deepEqual(new Set(await record(t, { progress: [progress(job, '"no"')], logs: [line(job, 'no')] })), new Set([job.id]))
  assert.equal((await t.job(job.id)).progress, null)
  assert.deepEqual(await lines(t, job), [])
}

export const recordCases: readonly Case[] = [
  on('recordIfOwned', 'progress', 'progress of running jobs can be read', async (t) => {
    const jobs = await held(t, 3)
    const bodies = ['{"done":1,"total":3,"text":null}', '{ "done": 2 }', 'null']
    assert.deepEqual(await record(t, { progress: jobs.map((job, index) => progress(job, at(bodies, index))) }), [])
    for (const [index, job] of jobs.entries()) assert.equal((await t.job(job.id)).progress, bodies[index])
  }),

  on('recordIfOwned', 'last progress stays', 'of several writes the last one stays', async (t) => {
    const job = only(await held(t))
    await record(t, { progress: [progress(job, '1'), progress(job, '2')] })
    assert.equal((await t.job(job.id)).progress, '2')
    await record(t, { progress: [progress(job, '3')] })
    assert.equal((await t.job(job.id)).progress, '3')
  }),

  on('recordIfOwned', 'log lines', 'lines are kept with their level, time and claim', async (t) => {
    const job = only(await held(t))
    await record(t, { logs: [{ ...token(job), level: 'warn', line: 'careful', at: 1_700_000_000_123 }] })
    const { seq, ...entry } = only(await t.engine.readLogs({ id: job.id, after: 0, limit: 10 }))
    assert.ok(seq > 0)
    assert.deepEqual(entry, { claim: 1, at: 1_700_000_000_123, level: 'warn', line: 'careful' })
  }),

  on('recordIfOwned', 'first lines stay', 'beyond the most lines of a job, later ones are dropped', async (t) => {
    const [one, two] = await held(t, 2)
    assert.ok(one && two)
    const many = (job: Held, from: number) => Array.from({ length: 4 }, (_, index) => line(job, `${from + index}`))
    await record(t, { logs: [...many(one, 0), ...many(two, 0)], maxLines: 6 })
    assert.deepEqual(await record(t, { logs: many(one, 4), maxLines: 6 }), [])
    await record(t, { logs: many(one, 8), maxLines: 6 })
    assert.deepEqual(await lines(t, one), ['0', '1', '2', '3', '4', '5'])
    assert.deepEqual(await lines(t, two), ['0', '1', '2', '3'])
  }),

  on('recordIfOwned', 'lines of later claims', 'lines of all claims stay together and count together', async (t) => {
    const worker = await t.worker()
    await t.insertOne()
    const first = only(await worker.take())
    await record(t, { logs: [line(first, 'a'), line(first, 'b')], maxLines: 3 })
    await worker.finishAll([first], 'retrying')
    const second = only(await worker.take())
    await record(t, { logs: [line(second, 'c'), line(second, 'd')], maxLines: 3 })
    const entries = await t.engine.readLogs({ id: first.id, after: 0, limit: 10 })
    assert.deepEqual(
      entries.map((entry) => [entry.claim, entry.line]),
      [
        [first.claim, 'a'],
        [first.claim, 'b'],
        [second.claim, 'c'],
      ],
    )
  }),

  on('recordIfOwned', 'hostile text', 'lines of any text come back to the bit', async (t) => {
    const job = only(await held(t))
    const texts = ['', ' ', '\u202eمرحبا 😀 \u0001\u001b[31m\r\n', "'; --", '$1 \\u0000', 'x'.repeat(20_000)]
    await record(t, { logs: texts.map((text) => line(job, text)) })
    assert.deepEqual(await lines(t, job), texts)
  }),

  on('recordIfOwned', 'refused: unknown lease', 'a lease that never was writes nothing', async (t) => {
    const job = only(await held(t))
    await refuses(t, { ...job, lease: newToken() })
  }),

  on('recordIfOwned', 'refused: closed lease', 'a lease that was closed writes nothing', async (t) => {
    await t.insertOne()
    const worker = await t.worker()
    const job = only(await worker.take())
    await worker.finishAll([job], 'retrying')
    await refuses(t, job)
    await worker.take()
    await refuses(t, job)
  }),

  on('recordIfOwned', 'refused: other claim number', 'another claim number writes nothing', async (t) => {
    const job = only(await held(t))
    await refuses(t, { ...job, claim: 2 })
  }),

  on('recordIfOwned', 'refused: after rescue', 'a zombie writes nothing', async (t) => {
    await t.insertOne()
    const worker = await t.worker()
    const job = only(await worker.take())
    await worker.lose()
    await t.engine.rescueJobs({ limit: 10, maxCrashes: 3 })
    await refuses(t, job)
  }),

  on('recordIfOwned', 'others written beside a refusal', 'a refused claim takes nothing with it', async (t) => {
    const [good, bad] = await held(t, 2)
    assert.ok(good && bad)
    const stale = { ...bad, lease: newToken() }
    const refused = await record(t, { progress: [progress(stale, '1'), progress(good, '2')], logs: [line(stale, 'no'), line(good, 'yes')] })
    sameIds([...new Set(refused)], [bad.id])
    assert.equal((await t.job(good.id)).progress, '2')
    assert.deepEqual(await lines(t, good), ['yes'])
    assert.deepEqual(await lines(t, bad), [])
  }),

  on('recordIfOwned', 'nothing', 'a call without writes is no error', async (t) => {
    assert.deepEqual(await record(t, {}), [])
  }),
]
