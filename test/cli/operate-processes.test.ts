/** Operators' verbs that reach other processes, or are ended by a signal. */
import { describe, expect, it } from 'vitest'
import { ENGINES, migratedProject, newProject } from './project.js'

describe.each(ENGINES)('on %s', (engine) => {
  it('workers quiet and stop: told to real processes; one stopped from here ends with 0', async () => {
    const project = await newProject(engine)
    const worker = project.start(['work', '--name', 'w1', '--grace', '10m'])
    await worker.until(/ready:/)
    const held = await project.enqueue('hold')
    await worker.until(/holding in/)
    expect(await project.json('workers', 'quiet', 'w1')).toMatchObject({ code: 0, value: [{ worker: 'w1', result: 'asked' }] })
    await worker.until(/the worker is quiet/)
    const waiting = await project.enqueue('hello', '{"name":"Ada"}')
    expect((await project.run('workers', 'list')).stdout).toMatch(/\nw1 +live \(quiet\) /)
    const stopping = project.start(['workers', 'stop', 'w1', '--wait', '30s', '--yes', '--json'])
    await worker.until(/an operator asked this worker to stop[\s\S]*grace 10m/)
    project.write('release', '')
    expect(JSON.parse((await stopping.ended).stdout)).toMatchObject([{ worker: 'w1', result: 'stopped' }])
    expect(await worker.ended).toMatchObject({ code: 0, signal: null })
    expect((await project.json('jobs', 'show', held)).value).toMatchObject({ state: 'succeeded' })
    expect((await project.json('jobs', 'show', waiting)).value).toMatchObject({ state: 'queued' })
    expect(await project.run('workers', 'stop', 'w1', '--yes')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/\nw1 +- +missing\n$/),
    })
  })

  it('load: interrupted by Ctrl+C it says what was done, exits with 130, and leaves nothing', async () => {
    const project = await migratedProject(engine)
    const command = project.start(['load', '--jobs', '100000', '--rate', '50'])
    const listed = async () => (await project.run('workers', 'list')).stdout
    await expect.poll(listed, { timeout: 20_000 }).toMatch(/\nload +live/)
    command.kill('SIGINT')
    expect(await command.ended).toMatchObject({
      code: 130,
      stdout: expect.stringMatching(/^interrupted\nenqueued: [\s\S]*jobs: +deleted\n$/),
    })
    expect((await project.json('queues', 'list')).value).toEqual([])
  })
})

it('under a supervisor, a worker stopped by an operator is not started again; without any the command ends', async () => {
  const project = await newProject()
  const command = project.start(['work', '--processes', '2'])
  await command.until(/Ctrl\+C stops them/)
  expect(await project.run('workers', 'quiet', 'worker')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/missing\nno live worker is named worker: did you mean worker-[12]/),
  })
  expect((await project.run('workers', 'quiet', 'x'.repeat(9000))).stdout.length).toBeLessThan(300)
  expect(await project.run('workers', 'stop', 'worker-1', '--yes')).toMatchObject({ code: 0 })
  await command.until(/worker stopped/)
  expect(await project.run('workers', 'stop', 'worker-2', '--yes')).toMatchObject({ code: 0 })
  const { code, stderr } = await command.ended
  expect(code).toBe(0)
  expect(stderr).not.toContain('starting another')
})

it('run: a handler that waits for nothing is waited for, until Ctrl+C', async () => {
  const project = await newProject()
  project.write(
    'worksong.config.mjs',
    `import { defineJob, Worksong } from '${new URL('../../dist/index.js', import.meta.url).href}'
    const never = defineJob({ name: 'never', run: () => { console.error('begun'); return new Promise(() => undefined) } })
    export default new Worksong({ store: 'sqlite:jobs.db', jobs: [never] })`,
  )
  const running = project.start(['run', 'never', '--json'])
  await running.until(/begun/)
  running.kill('SIGINT')
  const { code, stdout } = await running.ended
  expect(code).toBe(130)
  expect(JSON.parse(stdout)).toMatchObject({ name: 'never', end: 'returned' })
})
