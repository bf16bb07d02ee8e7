/** Every example runs to its end on both engines. What it promises, it asserts itself. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildExamples, inDatabase, inFolder, runExample } from './run.js'

const names = readdirSync(fileURLToPath(new URL('../../examples', import.meta.url)))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))

const ARGUMENTS: Readonly<Record<string, readonly string[]>> = { demo: ['--jobs', '300'] }
const PATIENCE_MS = 60_000

beforeAll(buildExamples, PATIENCE_MS)

describe('on SQLite', () => {
  test.each(names)('%s', { timeout: PATIENCE_MS }, async (name) => {
    const { code, all } = await inFolder((folder) => runExample(name, folder, {}, ARGUMENTS[name]))
    expect(code, all).toBe(0)
  })
})

describe('on Postgres', () => {
  test.each(names)('%s', { timeout: PATIENCE_MS }, async (name) => {
    const { code, all } = await inDatabase((url) =>
      inFolder((folder) => runExample(name, folder, { WORKSONG_STORE: url }, ARGUMENTS[name])),
    )
    expect(code, all).toBe(0)
  })
})

test('the demo can be run twice in a row', { timeout: PATIENCE_MS }, async () => {
  await inFolder(async (folder) => {
    for (const _time of [1, 2]) {
      const { code, out, all } = await runExample('demo', folder, {}, ['--jobs', '300'])
      expect(code, all).toBe(0)
      expect(out).toContain('What became of them:')
    }
  })
})
