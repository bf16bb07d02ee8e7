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
    ['nonsense', 4],
  ])('from level %s on writes %i of the four', (least, count) => {
    const lines = written()
    const logger = plainLogger(least)
    for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level]({}, 'words')
    expect(lines.length).toBe(count)
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
