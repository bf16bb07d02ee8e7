/** worksong work: real processes with real signals. */
import { describe, expect, it } from 'vitest'
import { ENGINES, migratedProject, newProject, type Project } from './project.js'

describe.each(ENGINES)('on %s', (engine) => {
  it('works until SIGTERM; a running job is finished first, and nothing is claimed any more', async () => {
    const project = await newProject(engine)
    const worker = project.start(['work', '--name', 'w1'])
    await worker.until(/ready: queues default, held; 20 jobs at once; store \S+; worker w1, pid \d+\. Ctrl\+C stops it\.\n/)
    expect((await project.json('enqueue', 'hello', '{"name":"Ada"}')).code).toBe(0)
    const held = await project.enqueue('hold')
    await worker.until(/holding in/)
    worker.kill('SIGTERM')
    await worker.until(/worker is stopping, grace 25s/)
    const late = await project.enqueue('hello', '{"name":"Bob"}')
    project.write('release', '')
    expect(await worker.ended).toMatchObject({ code: 0, signal: null })
    expect(await states(project)).toMatchObject({ [held]: 'succeeded', [late]: 'queued' })
  })

  it('a job that does not end within the grace returns to its queue without having used an attempt', async () => {
    const project = await newProject(engine)
    const worker = project.start(['work', '--grace', '50ms'])
    await worker.until(/ready:/)
    const id = await project.enqueue('hold')
    await worker.until(/holding in/)
    worker.kill('SIGINT')
    expect(await worker.ended).toMatchObject({ code: 0 })
    expect((await project.json('jobs', 'show', id)).value).toMatchObject({ state: 'queued', attempt: 0 })
  })
})

it('the second signal stops at once', async () => {
  const project = await newProject()
  const worker = project.start(['work', '--grace', '10m'])
  await worker.until(/ready:/)
  const id = await project.enqueue('hold')
  await worker.until(/holding in/)
  worker.kill('SIGTERM')
  await worker.until(/worker is stopping, grace 10m/)
  // The same signal at the same moment is the same wish (npm does that); another one is not.
  worker.kill('SIGTERM')
  worker.kill('SIGINT')
  expect(await worker.ended).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('aborted'),
    stderr: expect.stringContaining('a second signal'),
  })
  expect(await states(project)).toEqual({ [id]: 'queued' })
})

it('an error that nobody catches stops the worker, which exits with 1', async () => {
  const project = await newProject()
  const worker = project.start(['work', '--grace', '100ms'])
  await worker.until(/ready:/)
  await project.enqueue('fault')
  const { code, stderr } = await worker.ended
  expect(code).toBe(1)
  expect(stderr).toMatch(/nobody caught an error; this worker stops .*"out of reach"/)
  expect(stderr).toMatch(/Error: out of reach\n +at .*worksong\.config\.mjs/)
  expect(stderr).toContain('worker stopped')
})

it('only the queues that are named', async () => {
  const project = await migratedProject()
  const other = await project.enqueue('hello', '{"name":"Ada"}')
  const worker = project.start(['work', '--queue', 'held', 'more', '--concurrency', '2'])
  await worker.until(/ready: queues held, more; 2 jobs at once;/)
  const held = await project.enqueue('hold')
  await worker.until(/holding in/)
  expect(await states(project)).toEqual({ [held]: 'running', [other]: 'queued' })
  project.write('release', '')
  worker.kill('SIGTERM')
  expect(await worker.ended).toMatchObject({ code: 0 })
})

it('--json: the line is a document', async () => {
  const project = await newProject()
  const worker = project.start(['work', '--json'])
  const [line] = await worker.until(/^\{.*\}$/m)
  expect(JSON.parse(line)).toEqual({
    name: 'worker',
    pid: worker.pid,
    queues: ['default', 'held'],
    concurrency: 20,
    store: expect.any(String),
  })
  worker.kill('SIGTERM')
  expect((await worker.ended).stdout).toBe(`${line}\n`)
})

it('refuses what it cannot work with', async () => {
  const project = await newProject()
  expect(await project.run('work', '--queue', 'a/b')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('queue is not a valid name'),
  })
  const unreachable = await project.run('work', '--store', 'postgres://me:password@127.0.0.1:1/db')
  expect(unreachable).toMatchObject({ code: 1, stderr: expect.stringContaining('error: Postgres cannot be reached') })
  expect(unreachable.stderr).not.toContain('password')
  project.write(
    'none.mjs',
    `import { Worksong } from '${new URL('../../dist/index.js', import.meta.url).href}'\nexport default new Worksong({ store: 'sqlite:jobs.db' })\n`,
  )
  const idle = await project.run('work', '--app', 'none.mjs')
  expect(idle).toMatchObject({ code: 1, stderr: expect.stringContaining('error: No job of this app has a handler') })
})

async function states(project: Project): Promise<Record<string, string>> {
  const { jobs } = (await project.json('jobs', 'list')).value as { jobs: { id: string; name: string; state: string }[] }
  return Object.fromEntries(jobs.filter(({ name, state }) => name !== 'hello' || state !== 'succeeded').map(({ id, state }) => [id, state]))
}
