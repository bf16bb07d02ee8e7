/** Too few file descriptors: an app that is open goes on, one that is not is told so by a typed error, and opens once there are some again. */
import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { newFolder } from '../engines/sqlite/files.js'

const SCRIPT = new URL('fixtures/few-files.mjs', import.meta.url).pathname

it('refuses what it cannot open, and recovers without a restart', () => {
  const command = `ulimit -n 80 && exec "$0" "$@"`
  const options = { encoding: 'utf8', timeout: 25_000 } as const
  const { stdout, stderr } = spawnSync('bash', ['-c', command, process.execPath, SCRIPT, newFolder()], options)
  expect(stderr).toBe('')
  const { during, after, ran, later } = JSON.parse(stdout)
  expect(during.open).toBe('ok')
  expect(during.later).toMatchObject({ code: expect.stringMatching(/^WS_STORE_/), unknown: false })
  expect(after).toEqual({ open: 'ok', later: 'ok' })
  // What was refused was not stored.
  expect([ran, later]).toEqual([3, 1])
})
