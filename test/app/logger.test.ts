/** The logger when the app gives none: one readable line per event on standard error. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { plainLogger } from '#dist/app/index.js'

afterEach(() => {
  vi.restoreAllMocks()
})

function written(): string[] {
  const lines: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  return lines
}

describe('plainLogger', () => {
  it('writes time, level, words, code and fields on one line', () => {
    const lines = written()
    plainLogger('info').warn({ code: 'store.slow', ms: 12, place: 'a/b.db', words: 'two words', at: undefined }, 'the store was slow')
    expect(lines.length).toBe(1)
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z .*WARN.* the store was slow \[store\.slow\] ms=12 place=a\/b\.db words="two words".*\n$/,
    )
  })

  it.each([
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
    ['silent', 0],
  ])('from level %s on writes %i of the four', (least, count) => {
    const lines = written()
    const logger = plainLogger(least)
    for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level]({}, 'words')
    expect(lines.length).toBe(count)
  })

  it("writes the stack of what killed a job below its line, and with 'debug' that of every failed attempt", () => {
    const error = {
      name: 'TypeError',
      message: 'boom',
      stack: 'TypeError: boom\n    at a',
      cause: { name: 'E', message: 'low', stack: 'E: low' },
    }
    const stack = '\n    TypeError: boom\n        at a\n    caused by E: low\n'
    const lines = written()
    plainLogger('info').error({ code: 'job.dead', error }, 'dead')
    plainLogger('info').warn({ code: 'job.failed', error }, 'failed')
    plainLogger('debug').warn({ code: 'job.failed', error }, 'failed')
    plainLogger('info').error({ code: 'job.dead', error: { name: 'Discarded', message: 'why' } }, 'dead')
    const [dead, failed, debugged, discarded] = lines.map((line) => line.slice(line.indexOf('[')))
    expect(dead).toBe(`[job.dead]${stack}`)
    expect(failed).toBe('[job.failed] error="TypeError: boom"\n')
    expect(debugged).toBe(`[job.failed]${stack}`)
    expect(discarded).toBe('[job.dead] error="Discarded: why"\n')
  })

  it.each(['\n2026-01-01T00:00:00.000Z ERROR forged', '\r\t', '\u001b[2J', '\u009b2J', '\u2028', '\u202e', '\0'])(
    'escapes %j in words, fields and stacks',
    (text) => {
      const lines = written()
      const error = { name: `E${text}`, message: text, stack: `E: ${text}` }
      plainLogger('debug').info({ code: text, [`k${text}`]: text, list: [text], error: new Error(text) }, `fine${text}`)
      plainLogger('debug').error({ error }, `fine${text}`)
      for (const line of lines) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that are looked for
        expect(line).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]|\n(?! {4}|$)/)
      }
      expect(lines.length).toBe(2)
    },
  )

  it('does not follow causes for ever', () => {
    const lines = written()
    const error: Record<string, unknown> = { name: 'E', message: 'm', stack: 'E: m' }
    error.cause = error
    plainLogger('info').error({ error }, 'words')
    expect(lines.length).toBe(1)
  })

  it('takes a level that there is not for info, and says so once', () => {
    const lines = written()
    for (const logger of [plainLogger('verbose'), plainLogger('verbose')]) {
      logger.debug({}, 'hidden')
      logger.info({}, 'shown')
    }
    expect(lines.length).toBe(3)
    expect(lines[0]).toMatch(/WARN.* WORKSONG_LOG .* debug, info, warn, error, silent \[log\.level\.unknown\] level=verbose\n$/)
  })

  it('takes an empty WORKSONG_LOG for none', () => {
    vi.stubEnv('WORKSONG_LOG', '')
    const lines = written()
    const logger = plainLogger()
    logger.debug({}, 'hidden')
    logger.info({}, 'shown')
    expect(lines.length).toBe(1)
    vi.unstubAllEnvs()
  })

  it('takes errors, cycles and fields that throw', () => {
    const lines = written()
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    plainLogger('info').error({ error: new Error('boom\nsecond line'), cycle, big: 1n }, 'words')
    expect(lines.length).toBe(1)
    expect(lines[0]).toContain('boom')
    expect(lines[0]).toContain('cycle=[unprintable]')
    expect(lines[0]?.trimEnd()).not.toContain('\n')
  })
})
