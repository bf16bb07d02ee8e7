/** The operators' verbs as an operator types them: asked first, counted, run here. */
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { confirmed, needSomebody } from '#dist/cli/confirm.js'
import { ProgressLine } from '#dist/cli/progress.js'
import { thrownBy } from '../support/stores.js'
import { ENGINES, migratedProject, newProject, Project } from './project.js'

describe.each(ENGINES)('on %s', (engine) => {
  it('what destroys wants --yes where nobody can be asked, and counts with --dry-run', async () => {
    const project = await migratedProject(engine)
    await project.enqueue('hello', '{"name":"Ada"}')
    const refused = await project.run('jobs', 'delete', '--queue', 'default')
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toBe(
      "error: 'worksong jobs delete' asks first, and there is no terminal to ask on\nfix: Add --yes to do it, or --dry-run to see what it would do.\n",
    )
    expect((await project.json('queues', 'purge', 'default', '--state', 'queued', '--dry-run')).value).toEqual({
      dryRun: true,
      words: 'Delete 1 job of queue default in state queued',
      count: 1,
      byState: { queued: 1 },
      byName: { hello: 1 },
    })
    expect(await project.run('jobs', 'delete', '--kind', 'hello', '--yes')).toMatchObject({ code: 0, stdout: '1 deleted\n' })
    expect(await project.run('jobs', 'delete')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('error: No job is named\nfix: Name ids'),
    })
  })

  it('dead jobs: listed, redriven, deleted', async () => {
    const project = await migratedProject(engine)
    const id = await project.enqueue('fail')
    const ran = await project.run('jobs', 'run', id)
    expect(ran).toMatchObject({ code: 1, stdout: expect.stringMatching(/^dead \(ran \d+ ms\)\nError: no luck\n +at run /) })
    expect(ran.stderr).not.toContain('no luck')
    expect((await project.run('dead', 'list', '--error', 'NO LUCK')).stdout).toMatch(
      new RegExp(`\n${id} +fail +default +.+ +1/1 +Error: no luck\n$`),
    )
    expect(await project.run('dead', 'redrive', '--since', '1h', '--dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^would redrive 1 job in state dead since /),
    })
    expect((await project.json('dead', 'redrive', '--name', 'fail')).value).toEqual({ jobs: 1, results: { queued: 1 }, interrupted: false })
    expect(await project.run('dead', 'delete', id, '--yes')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`${id}  not dead (it is queued), so it was left`),
    })
  })
})

it('run: here and now, logs and errors shown', async () => {
  const project = await newProject()
  expect(await project.run('run', 'hello', '{"name":"Ada"}')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('"greeting": "Hello Ada"'),
  })
  expect((await project.json('run', 'hello', '{"name":"Ada"}')).value).toMatchObject({
    end: 'succeeded',
    result: { greeting: 'Hello Ada' },
  })
  expect(await project.run('run', 'hello', '{}')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('error: The input of hello is not valid'),
  })
  const talk = await project.run('run', 'talk')
  expect(talk.code).toBe(1)
  expect(talk.stdout).toMatch(
    /^failed; a worker would try it again in 1ms \(.+\)\nError: the first always fails\n[\s\S]*caused by: TypeError: no line/,
  )
  expect(talk.stderr).toContain('info  attempt begins {"attempt":1}\n')
  const held = project.start(['run', 'hold'])
  await held.until(/holding in/)
  held.kill('SIGINT')
  expect(await held.ended).toMatchObject({ code: 130, stdout: expect.stringContaining('interrupted') })
  // Nothing was enqueued, so no store was made.
  expect((await project.json('jobs', 'list')).value).toMatchObject({ error: { code: 'WS_STORE_NO_DATABASE' } })
})

it('backoff of a policy needs no app', async () => {
  const { code, stdout } = await new Project().run('backoff', 'exponential first=1s max=10m', '--attempts', '3')
  expect({ code, rows: stdout.trimEnd().split('\n').length }).toEqual({ code: 0, rows: 4 })
  expect(await new Project().run('backoff', 'hello')).toMatchObject({ code: 2, stderr: expect.stringContaining('error: ') })
})

it('doctor: the app and its store; also when the store is down or the app is broken, and never a password', async () => {
  const project = await migratedProject()
  const fine = await project.run('doctor')
  expect(fine.stdout).toMatch(
    /^check +status +what was found\napp +ok +worksong\.config\.mjs\njobs +warn +7 jobs; without a handler here: handlerless\nlease +warn +/,
  )
  expect(fine.code).toBe(0)
  const broken = await project.run('doctor', '--app', 'gone.mjs', '--json')
  expect(broken.code).toBe(1)
  expect(JSON.parse(broken.stdout)).toMatchObject({ ok: false, checks: [{ name: 'app', status: 'failed', fix: expect.any(String) }] })
  const down = await project.run('doctor', '--store', 'postgres://me:secret@127.0.0.1:1/db')
  expect(down.stdout + down.stderr).not.toContain('secret')
})

it('people are asked, and only a yes is one', async () => {
  const ask = async (answer: string | null) => {
    const input = new PassThrough()
    const output = new PassThrough()
    const asked = confirmed({ words: 'Delete 2 jobs', count: 2 }, { input, output })
    input.end(answer ?? undefined)
    return [await asked, String(output.read())] as const
  }
  expect(await ask('y\n')).toEqual(['yes', 'Delete 2 jobs? [y/N] '])
  expect((await ask('YES\n'))[0]).toBe('yes')
  for (const no of ['n\n', '\n', 'yep\n', null]) expect((await ask(no))[0]).toBe('no')
  const terminal = Object.assign(new PassThrough(), { isTTY: true })
  expect(thrownBy(() => needSomebody('jobs delete', { input: terminal, output: terminal }))).toBeUndefined()
  expect(thrownBy(() => needSomebody('jobs delete', { input: terminal, output: new PassThrough() }))).toMatchObject({ field: 'yes' })
})

it('progress is one line on a terminal, written over; elsewhere nothing', () => {
  const written: string[] = []
  const line = new ProgressLine({ isTTY: true, write: (text) => written.push(text) })
  line.tell({ done: 1000, total: 2000, words: 'deleted' })
  line.tell({ done: 1001, total: 2000, words: 'deleted' })
  line.clear()
  expect(written).toEqual(['\r\u001b[2Kdeleted 1,000 of 2,000', '\r\u001b[2K'])
  expect(line.last).toMatchObject({ done: 1001 })
  const silent: string[] = []
  new ProgressLine({ write: (text) => silent.push(text) }).tell({ done: 1, words: 'deleted' })
  expect(silent).toEqual([])
})
