/** A logger of the app's own may fail in any way: nothing else does. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { defineJob } from '#dist/client/index.js'
import { type Logger, WorksongError } from '#dist/core/index.js'
import { sqliteMemory } from '../support/engines.js'
import { errorOf } from '../support/stores.js'
import { newApp, TestLogger } from '../worker/parts.js'
import { appOf } from './parts.js'

afterEach(() => {
  vi.restoreAllMocks()
})

const fails = (line: () => unknown): Logger => ({ debug: line, info: line, warn: line, error: line })

describe.each([
  [
    'throws',
    () => {
      throw new Error('no disk')
    },
  ],
  ['rejects', () => Promise.reject(new Error('no disk'))],
])('a logger that %s', (_how, line) => {
  it('hurts nobody, and that is said once', async () => {
    const lines: string[] = []
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
    const told: string[] = []
    const bad = defineJob({
      name: 'bad',
      retry: { delays: [0] },
      run(_input, ctx) {
        ctx.log.info('a line')
        throw new Error('boom')
      },
    })
    const good = defineJob({ name: 'good', run: () => 'fine' })
    const { app } = await newApp(sqliteMemory, [bad, good], { logger: fails(line), onDead: (_job, { message }) => void told.push(message) })
    await app.worker().start()
    const { id } = await app.enqueue(bad)
    expect(await errorOf(app.jobs.wait(id))).toMatchObject({ code: 'WS_JOB_DEAD' })
    expect(await app.jobs.wait((await app.enqueue(good)).id)).toBe('fine')
    await app.close()
    expect(told).toEqual(['boom'])
    expect(lines).toEqual(['worksong: the app\'s logger failed (said once): "no disk"\n'])
  })
})

describe('a logger', () => {
  it('gets errors as plain data, with all that they say', () => {
    const log = new TestLogger()
    const app = appOf({ store: 'sqlite::memory:', logger: log })
    const cause = new RangeError('low')
    app.logger?.warn({ code: 'x', error: new WorksongError('WS_CLOSED', 'gone', { cause }), n: 1 }, 'words')
    const { fields, message } = log.lines[0] as (typeof log.lines)[number]
    expect(JSON.parse(JSON.stringify(fields))).toMatchObject({
      code: 'x',
      n: 1,
      error: { name: 'WorksongError', code: 'WS_CLOSED', message: 'gone', stack: expect.any(String), cause: { name: 'RangeError' } },
    })
    expect(message).toBe('words')
  })

  it('is called as a method of itself, as it is at that time', () => {
    const log = new TestLogger()
    const app = appOf({ store: 'sqlite::memory:', logger: log })
    const info = vi.fn(function (this: unknown) {
      expect(this).toBe(log)
    })
    Object.assign(log, { info })
    app.logger?.info({}, 'words')
    expect(info).toHaveBeenCalledOnce()
  })
})
