/** npm does not pass SIGTERM on: a worker that npm started stops by itself when npm is gone. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { migratedProject } from './project.js'

const BIN = join(import.meta.dirname, '../../dist/cli/bin.js')
/** Stands for npm: starts the worker, says its pid, and dies by SIGKILL without telling it. */
const NPM = `const { spawn } = require('node:child_process'); const { openSync } = require('node:fs')
const out = openSync('out.log', 'a'); const child = spawn(process.execPath, [process.argv[1], 'work'], { stdio: ['ignore', out, out] })
console.log(child.pid); setInterval(() => {}, 1000)`

it('a worker whose npm is gone stops gracefully', async () => {
  const project = await migratedProject('sqlite')
  const env = { ...process.env, npm_execpath: 'npm', TEST_STORE: project.store, WORKSONG_LOG: 'info' }
  const npm = spawn(process.execPath, ['-e', NPM, BIN], { cwd: project.folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const pid = await new Promise<number>((resolve) => npm.stdout?.once('data', (text) => resolve(Number(text))))
  const log = () => {
    try {
      return readFileSync(join(project.folder, 'out.log'), 'utf8')
    } catch {
      return ''
    }
  }
  await expect.poll(log, { timeout: 15_000 }).toContain('ready: ')
  npm.kill('SIGKILL')
  await expect.poll(log, { timeout: 15_000 }).toContain('[worker.stopped]')
  expect(log()).toContain('[process.orphaned]')
  await expect.poll(() => isRunning(pid), { timeout: 15_000 }).toBe(false)
})

/** A zombie counts as gone: whoever adopts it may reap it late. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
