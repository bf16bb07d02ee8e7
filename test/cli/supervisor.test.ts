/** worksong work --processes N: children that crash, stop, never start, or do not hear. */
import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { Supervisor } from '#dist/cli/supervisor.js'
import { ENGINES, newProject } from './project.js'

const READY = /ready: .* in each; store \S+; worker-1 \(pid (\d+)\), worker-2 \(pid (\d+)\)\. Ctrl\+C stops them\./

describe.each(ENGINES)('on %s', (engine) => {
  it('a child killed with -9 is replaced, and its job runs again', async () => {
    const project = await newProject(engine)
    const command = project.start(['work', '--processes', '2'])
    const [, ...pids] = await command.until(READY)
    const id = await project.enqueue('hold')
    const [, first] = await command.until(/holding in (\d+) attempt 1/)
    expect(pids).toContain(first)
    process.kill(Number(first), 'SIGKILL')
    await command.until(/worker process was ended by SIGKILL; starting another in 1 s/)
    const [, second] = await command.until(/holding in \d+ [\s\S]*holding in (\d+) /)
    expect(second).not.toBe(first)
    await command.until(/(worker 'worker-[12]' started[\s\S]*){3}/)
    project.write('release', '')
    command.kill('SIGTERM')
    expect(await command.ended).toMatchObject({ code: 0, signal: null })
    expect((await project.json('jobs', 'show', id)).value).toMatchObject({ state: 'succeeded' })
    for (const pid of pids) expect(isAlive(Number(pid))).toBe(false)
  })
})

it('passes signals on: graceful first, then at once', async () => {
  const project = await newProject()
  const command = project.start(['work', '--processes', '2', '--grace', '10m'])
  await command.until(READY)
  const id = await project.enqueue('hold')
  await command.until(/holding in/)
  command.kill('SIGINT')
  await command.until(/grace 10m[\s\S]*grace 10m/)
  command.kill('SIGTERM')
  expect(await command.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('aborted') })
  expect((await project.json('jobs', 'show', id)).value).toMatchObject({ state: 'queued', attempt: 0 })
})

it('a child that was stopped by hand stays stopped; when all were, the command ends', async () => {
  const project = await newProject()
  const command = project.start(['work', '--processes', '2'])
  const [, first, second] = await command.until(READY)
  process.kill(Number(first), 'SIGTERM')
  await command.until(/worker stopped/)
  process.kill(Number(second), 'SIGTERM')
  const { code, stderr } = await command.ended
  expect(code).toBe(0)
  expect(stderr).not.toContain('starting another')
})

it('a child that cannot hear is killed in the end, and the exit code says so', async () => {
  const project = await newProject()
  const command = project.start(['work', '--processes', '2', '--grace', '0s'])
  await command.until(READY)
  await project.enqueue('deaf')
  const [, deaf] = await command.until(/deaf in (\d+)/)
  command.kill('SIGTERM')
  await command.until(/worker stopped/)
  command.kill('SIGINT')
  await command.until(/worker stopped/)
  const { code, stderr } = await command.ended
  expect(code).toBe(1)
  expect(stderr).toContain('did not stop in time; killing it')
  expect(isAlive(Number(deaf))).toBe(false)
})

it('children stop gracefully when their supervisor is killed', async () => {
  const project = await newProject()
  const command = project.start(['work', '--processes', '2'])
  await command.until(READY)
  command.kill('SIGKILL')
  // The output closes when the last of them has gone.
  const { signal, stderr } = await command.ended
  expect(signal).toBe('SIGKILL')
  expect(stderr.match(/worker stopped/g)).toHaveLength(2)
})

it('what is typed wrong, and an app that cannot be loaded, is said once', async () => {
  const project = await newProject()
  const wrong = await project.run('work', '--processes', '3', '--queue', 'a/b')
  expect(wrong.code).toBe(2)
  expect(wrong.stderr.match(/error:/g)).toHaveLength(1)
  const many = await project.run('work', '--processes', '1000')
  expect(many).toMatchObject({ code: 2, stderr: expect.stringContaining('processes is not a whole number from 1 to 256') })
  const none = await project.run('work', '--processes', '2', '--app', 'gone.mjs')
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no file gone.mjs') })
})

it('gives up on a command that could never start, after more and more patience', async () => {
  const said: string[] = []
  const logger = { info: () => undefined, warn: (_: object, message: string) => void said.push(message) }
  const start = () => spawn(process.execPath, ['--eval', 'process.exit(1)'])
  const code = await new Supervisor({ processes: 2, graceMs: 0, firstDelayMs: 4, logger, start, onReady: () => undefined }).run()
  expect(code).toBe(1)
  const delays = said.map((line) => /another in (\S+) s/.exec(line)?.[1])
  expect(delays).toEqual(['0.004', '0.008', '0.016', '0.032', undefined])
  expect(said.at(-1)).toContain('before it was ever ready; giving up')
})

it('a program that cannot be started at all is a crash too', async () => {
  const said: string[] = []
  const logger = { info: () => undefined, warn: (_: object, message: string) => void said.push(message) }
  const nowhere = new URL('no-such-program', import.meta.url).pathname
  const start = () => spawn(nowhere)
  expect(await new Supervisor({ processes: 1, graceMs: 0, firstDelayMs: 1, logger, start, onReady: () => undefined }).run()).toBe(1)
  expect(said[0]).toContain('could not be started')
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
