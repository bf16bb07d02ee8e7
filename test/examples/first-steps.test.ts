/** What README and the guide let a newcomer do, done: the first job in plain JavaScript, and the first commands. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { inDatabase, inFolder, runExample, worksong } from './run.js'

const SAID = 'Hello, Ada! This was attempt 1.\n'
const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')

describe('the first job in JavaScript', () => {
  test('says on SQLite what README says that it says', async () => {
    const { code, out, all } = await inFolder((folder) => runExample('first-job.mjs', folder))
    expect(code, all).toBe(0)
    expect(out).toBe(SAID)
    expect(read('README.md')).toContain(SAID)
  })

  test('says the same on Postgres', async () => {
    const { code, out, all } = await inDatabase((url) => inFolder((folder) => runExample('first-job.mjs', folder, { WORKSONG_STORE: url })))
    expect(code, all).toBe(0)
    expect(out).toBe(SAID)
  })

  test.each(['README.md', 'docs/guide/first-job.md', 'docs/operate/command-line.md'])('%s quotes the .mjs files as they are', (page) => {
    const quotes = [...read(page).matchAll(/^```js\n\/\/ (examples\/\S+)\n([\s\S]*?)^```$/gm)]
    expect(quotes.length).toBeGreaterThan(0)
    for (const [, file = '', code = ''] of quotes) expect(read(file)).toContain(code.trimEnd())
  })
})

test('the command line enqueues, shows, pauses and cancels', async () => {
  await inFolder(async (folder) => {
    const json = async (...args: string[]) => {
      const { code, out, all } = await worksong([...args, '--json'], folder)
      expect(code, all).toBe(0)
      return JSON.parse(out)
    }
    expect(await json('migrate')).toMatchObject({ before: { current: 0 } })
    const { id, status } = await json('enqueue', 'hello', '{"name":"Ada"}', '--delay', '5m')
    expect(status).toBe('enqueued')
    expect(await json('jobs', 'show', id)).toMatchObject({ id, state: 'scheduled', input: { name: 'Ada' } })
    expect((await json('jobs', 'list', '--state', 'scheduled')).jobs).toHaveLength(1)
    await json('queues', 'pause', 'default', '--by', 'ann', '--reason', 'a test')
    expect(await json('queues', 'list')).toMatchObject([{ name: 'default', scheduled: 1, paused: { by: 'ann' } }])
    await json('queues', 'resume', 'default')
    expect(await json('jobs', 'cancel', id, '--reason', 'enough')).toEqual([{ id, result: 'cancelled' }])
    expect(await json('jobs', 'retry', id)).toEqual([{ id, result: 'queued' }])
  })
})
