/** What a job says while it runs, as an operator reads it: jobs logs, followed or not, jobs show, workers list. */
import { describe, expect, it } from 'vitest'
import { ENGINES, migratedProject, type Project } from './project.js'

const STAMP = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d'

describe.each(ENGINES)('on %s', (engine) => {
  /** A job in its second attempt. */
  async function talking(): Promise<{ project: Project; id: string; worker: ReturnType<Project['start']> }> {
    const project = await migratedProject(engine)
    const worker = project.start(['work', '--name', 'w1'])
    await worker.until(/ready: /)
    const id = await project.enqueue('talk')
    return { project, id, worker }
  }

  it('jobs logs --follow: goes on to the end of the job, as text and as a JSON document per line', async () => {
    const { project, id } = await talking()
    const text = project.start(['jobs', 'logs', id, '--follow'])
    const json = project.start(['jobs', 'logs', id, '--follow', '--json', '--after', '1'])
    await Promise.all([text.until(/attempt begins {"attempt":2}/), json.until(/"n":2/)])
    project.write('release', '')
    const ended = await text.ended
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    const line = (n: number, rest: string) => `${n}  ${STAMP}\\.\\d{3}Z  ${rest}\n`
    const lines = [line(1, 'info   attempt begins {"attempt":1}'), line(2, 'info   attempt begins {"attempt":2}'), line(3, 'warn   over')]
    expect(ended.stdout).toMatch(new RegExp(`^${lines.join('')}$`))
    const documents = (await json.ended).stdout.trimEnd().split('\n')
    expect(documents.map((one) => JSON.parse(one) as unknown)).toEqual([
      { n: 2, claim: 2, at: expect.any(String), level: 'info', line: 'attempt begins', fields: { attempt: 2 } },
      { n: 3, claim: 2, at: expect.any(String), level: 'warn', line: 'over' },
    ])
    expect((await project.run('jobs', 'logs', id)).stdout).toBe(ended.stdout)
    expect((await project.json('jobs', 'logs', id, '--after', '1', '--limit', '1')).value).toMatchObject([{ n: 2 }])
  })

  it('jobs logs --follow: ends with 0 at Ctrl+C', async () => {
    const { project, id } = await talking()
    const command = project.start(['jobs', 'logs', id, '--follow'])
    await command.until(/"attempt":2/)
    command.kill('SIGINT')
    expect(await command.ended).toMatchObject({ code: 0, signal: null, stderr: '' })
    project.write('release', '')
  })

  it('jobs show and workers list: how far a running job is, and on which worker', async () => {
    const { project, id, worker } = await talking()
    const follow = project.start(['jobs', 'logs', id, '--follow'])
    await follow.until(/"attempt":2/)
    const { stdout } = await project.run('jobs', 'show', id)
    expect(stdout).toMatch(new RegExp(`\nworker: +w1, pid ${worker.pid} on \\S+ \\([0-9a-f-]+\\)\nprogress: +1 of 2 half\n`))
    const again = `failed \\(ran \\d+ ms\\), being tried again: Error: the first always fails`
    expect(stdout).toMatch(new RegExp(`\nattempts:\n  ${STAMP}Z  ${again}\nlast error \\(${STAMP}Z\\):\n  Error: the first always fails\n`))
    expect(stdout).toMatch(/\n {6}at (Object\.)?run .*worksong\.config\.mjs:\d+:\d+\)\n(.*\n)* {4}caused by: TypeError: no line\n/)
    expect(stdout).toMatch(/\nlog:\n {2}1 {2}.*\n {2}2 .* attempt begins {"attempt":2}\n$/)

    const listed = await project.run('workers', 'list')
    expect(listed.stdout).toMatch(/^name +state +since +holding +queues +host +pid +id\n/)
    expect(listed.stdout).toMatch(new RegExp(`\nw1 +live +${STAMP}Z +1 +default, held +\\S+ +${worker.pid} +`))
    const { value } = await project.json('workers', 'list')
    expect(value).toMatchObject([{ name: 'w1', state: 'live', holding: 1, pid: worker.pid, queues: ['default', 'held'] }])

    project.write('fail', '')
    project.write('release', '')
    await follow.ended
    const dead = await project.run('jobs', 'show', id, '--logs', '1')
    const tried = `failed \\(ran \\d+ ms\\), tried again at ${STAMP}Z: Error: the first always fails`
    expect(dead.stdout).toMatch(
      new RegExp(`\nattempts:\n  ${STAMP}Z  ${tried}\n  ${STAMP}Z  dead \\(ran \\d+ ms\\): RangeError: so does the last\n`),
    )
    expect(dead.stdout).toMatch(/\nlast error .*\n {2}RangeError: so does the last\n {6}at .*\n(.*\n)* {4}caused by: TypeError: told to\n/)
    expect(dead.stdout).toMatch(new RegExp(`\nlog \\(the last 1 of 3 lines; all: worksong jobs logs ${id}\\):\n  3 .* over\n$`))
  })

  it('of a job that there is not, and of one that wrote nothing', async () => {
    const project = await migratedProject(engine)
    const missing = '0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e'
    for (const more of [[], ['--follow']]) {
      expect(await project.json('jobs', 'logs', missing, ...more)).toMatchObject({
        code: 1,
        value: { error: { code: 'WS_JOB_NOT_FOUND' } },
      })
    }
    const id = await project.enqueue('hello', '{"name":"Ada"}')
    expect(await project.run('jobs', 'logs', id)).toMatchObject({ code: 0, stdout: '(none: a handler writes them with ctx.log)\n' })
    expect((await project.json('jobs', 'logs', id)).value).toEqual([])
    expect((await project.run('jobs', 'show', id)).stdout).not.toContain('log')
    expect((await project.run('workers', 'list')).stdout).toMatch(/^name .*\n\(none\)\n$/)
  })

  it('queues pause of a queue that there may never be says so', async () => {
    const project = await migratedProject(engine)
    expect(await project.run('queues', 'pause', 'nosuch')).toMatchObject({
      code: 0,
      stdout: 'nosuch is paused. The store has no job of this queue\n',
    })
    expect((await project.json('queues', 'pause', 'hled')).value).toEqual({ queue: 'hled', paused: true, unknown: true, similar: 'held' })
  })
})
