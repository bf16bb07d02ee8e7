/** What becomes of the output itself: a disk that is full is a failure, a reader that has gone is none; an answer of no is one document. */
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { confirmed } from '#dist/cli/confirm.js'
import { migratedProject } from './project.js'

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url))

it.skipIf(!existsSync('/dev/full')).each([[['jobs', 'list']], [['queues', 'list', '--json']]])(
  '%j onto a full disk: exit 1, and why',
  async (args) => {
    const project = await migratedProject()
    const full = openSync('/dev/full', 'w')
    const env = { ...process.env, TEST_STORE: project.store }
    const { status, stderr } = spawnSync(process.execPath, [BIN, ...args], { cwd: project.folder, env, stdio: ['ignore', full, 'pipe'] })
    closeSync(full)
    expect([status, String(stderr)]).toEqual([1, expect.stringMatching(/^error: The output could not be written: .*ENOSPC.*\n$/)])
  },
)

it('a reader that has gone is quiet', async () => {
  const project = await migratedProject()
  const env = { ...process.env, TEST_STORE: project.store }
  const { status, stderr } = spawnSync('sh', ['-c', '"$0" "$1" jobs list --json | true; wait', process.execPath, BIN], {
    cwd: project.folder,
    env,
  })
  expect([status, String(stderr)]).toEqual([0, ''])
})

it('Ctrl+C at the question is no answer, the end of the input is a no', async () => {
  const ask = async (typed: string | null, signal?: AbortSignal) => {
    const input = new PassThrough()
    const output = Object.assign(new PassThrough(), { isTTY: true })
    const asked = confirmed({ words: 'Delete 2 jobs', count: 2 }, { input, output }, signal)
    if (typed === null) input.end()
    else input.write(typed)
    return asked
  }
  expect(await ask('y\r')).toBe('yes')
  expect(await ask('n\r')).toBe('no')
  expect(await ask('\u0003')).toBe('interrupted')
  expect(await ask(null)).toBe('no')
  expect(await ask('', AbortSignal.timeout(1))).toBe('interrupted')
})
