/** What is probably a mistake is said, with what was meant in the words that are typed: options by their dashes, names that are near. */
import { describe, expect, it } from 'vitest'
import { ENGINES, migratedProject, newProject, Project } from './project.js'

const MISSING = '0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e'

it.each([
  [['jobs', 'list', '--limit', 'x'], "--limit is not a whole number from 1 to 1000: 'x'", 'Write it in digits, as 10.'],
  [['load'], '--jobs is missing', 'Give --jobs: how many.'],
  [['jobs', 'list', '--error', 'x'], '--error needs a state whose jobs have one', 'Add --state dead or --state cancelled.'],
  [['jobs', 'delete'], 'No job is named', 'Name ids, or a filter: --queue, --name, --error, --since, --until, --state.'],
  [['dead', 'delete'], 'No job is named', 'Name ids, or a filter: --queue, --name, --error, --since, --until, --all.'],
  [['jobs', 'retry', '--queue', 'q'], '--state is missing', 'Add --state: dead, cancelled, scheduled, succeeded.'],
  [
    ['jobs', 'list', '--since', '1h', '--until', '2h'],
    '--until is not after --since',
    'Give the earlier moment as --since, the later as --until: --since 2h --until 1h.',
  ],
  [
    ['jobs', 'list', '--state', 'dead', '--error', 'x'.repeat(501)],
    '--error is not text of 1 to 500 characters',
    'Give a part of the message that tells it from others.',
  ],
  [
    ['enqueue', 'hello', '{}', '--delay', '5x'],
    "--delay is not a duration: '5x'",
    "Give it as milliseconds (30000) or as text such as '30s', '5m', '1h30m', '7d'.",
  ],
  [['enqueue', 'hello', '--id', 'ABC'], "--id is not a job id (a UUID in lower case): 'ABC'", 'Give a UUID of your own, such as '],
  [['workers', 'stop', 'w', '--wait', '30'], '--wait 30 has no unit', 'Write --wait 30s for seconds, or 30ms.'],
  [['backoff', '30s'], "The policy was not understood: it begins with '30s'", "Write 'exponential first=1s"],
  [['dead', 'retry'], "unknown command 'retry'", "Did you mean 'worksong dead redrive'?"],
  [['dead', 'requeue', MISSING], "unknown command 'requeue'", "Did you mean 'worksong dead redrive'?"],
  [['queues', 'clear', 'q'], "unknown command 'clear'", "Did you mean 'worksong queues purge'?"],
  [['worker'], "unknown command 'worker'", "Did you mean 'worksong work'?"],
  [['version'], "unknown command 'version'", "Did you mean 'worksong --version'?"],
  [['status'], "unknown command 'status'", "Did you mean 'worksong doctor'?"],
])('%j', async (args, message, fix) => {
  const { code, stdout, stderr } = await new Project().run(...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(`error: ${message}`)
  expect(stderr).toContain(`\nfix: ${fix}`)
})

it('without an app, a command that needs its jobs does not ask for a store', async () => {
  for (const args of [['work'], ['work', '--processes', '2'], ['enqueue', 'hello'], ['run', 'hello'], ['jobs', 'run', MISSING]]) {
    const { code, stderr } = await new Project().run(...args)
    expect(code).toBe(2)
    expect(stderr).toContain('\nfix: Run this in the folder of your project')
    expect(stderr).not.toContain('--store')
  }
  expect((await new Project().run('jobs', 'list')).stderr).toContain('give --store URL')
})

it('digits alone are milliseconds, where a duration is typed', async () => {
  const project = await migratedProject()
  expect(await project.run('jobs', 'list', '--within', '30000')).toMatchObject({ code: 0, stderr: '' })
  const id = await project.enqueue('hello', '{"name":"Ada"}', '--delay', '3600000')
  expect((await project.json('jobs', 'show', id)).value).toMatchObject({ state: 'scheduled' })
  expect((await project.run('backoff', 'fixed 30000', '--attempts', '2')).stdout).toMatch(/\n +2 +30s +- +30s\n/)
  expect((await project.run('backoff', 'delays=1000,2s')).stdout).toMatch(/\n +3 +2s +- +3s\n/)
  const worker = project.start(['work', '--grace', '1000ms'])
  await worker.until(/ready:/)
})

it('an id in upper case is looked for in lower case', async () => {
  const project = await migratedProject()
  const id = await project.enqueue('hello', '{"name":"Ada"}')
  expect((await project.json('jobs', 'show', id.toUpperCase())).value).toMatchObject({ id })
  expect((await project.json('jobs', 'cancel', id.toUpperCase())).value).toMatchObject([{ id, result: 'cancelled' }])
})

describe.each(ENGINES)('on %s', (engine) => {
  it('a filter that nothing passes, by a name that is near to a known one: a note beside the result', async () => {
    const project = await migratedProject(engine)
    await project.enqueue('hello', '{"name":"Ada"}', '--queue', 'mail')
    const queue = "note: There is no job of queue 'mial' in the store: did you mean 'mail'?\n"
    const name = "note: No job of this app is named 'helo': did you mean 'hello'?\n"
    for (const [args, stdout, note] of [
      [['jobs', 'list', '--queue', 'mial'], /\(none\)\n$/, queue],
      [['dead', 'list', '--queue', 'mial'], /\(none\)\n$/, queue],
      [['jobs', 'list', '--name', 'helo'], /\(none\)\n$/, name],
      [['jobs', 'list', '--queue', 'mail', '--state', 'dead'], /\(none\)\n$/, ''],
      [['jobs', 'list', '--queue', 'mial', '--json'], /^\{"jobs":\[\],"next":null\}\n$/, queue],
      [['queues', 'purge', 'mial', '--state', 'queued', '--yes'], /^no job passes the filter\n$/, queue],
      [['queues', 'purge', 'mial', '--state', 'queued', '--dry-run'], /^would delete 0 jobs of queue mial/, queue],
      [['jobs', 'retry', '--state', 'dead', '--name', 'helo'], /^no job passes the filter\n$/, name],
      [['jobs', 'list', '--queue', 'nothing-like-it'], /none/, "note: There is no job of queue 'nothing-like-it' in the store\n"],
    ] as const) {
      const ran = await project.run(...args)
      expect([args, ran.code, ran.stderr]).toEqual([args, 0, note])
      expect(ran.stdout).toMatch(stdout)
    }
  })

  it('enqueue into a queue that nobody knows of is noted', async () => {
    const project = await migratedProject(engine)
    await project.enqueue('hello', '{"name":"Ada"}', '--queue', 'mail')
    const { code, stdout, stderr } = await project.run('enqueue', 'hello', '{"name":"Ada"}', '--queue', 'mial')
    expect([code, stdout, stderr]).toEqual([
      0,
      expect.stringMatching(/^enqueued /),
      "note: This is the only job of queue 'mial', which no job of the app names: did you mean 'mail'?\n",
    ])
    expect((await project.run('enqueue', 'hello', '{"name":"Ada"}', '--queue', 'held')).stderr).toBe('')
  })

  it('a pause over another one says so', async () => {
    const project = await migratedProject(engine)
    await project.enqueue('hello', '{"name":"Ada"}')
    await project.run('queues', 'pause', 'default', '--by', 'ann', '--reason', 'one')
    expect((await project.run('queues', 'pause', 'default', '--by', 'ben', '--reason', 'two')).stdout).toMatch(
      /^default is paused; before, it was paused since \S+ \S+Z by ann: one\n$/,
    )
    expect((await project.json('queues', 'pause', 'default')).value).toEqual({
      queue: 'default',
      paused: true,
      before: { at: expect.any(String), by: 'ben', reason: 'two' },
    })
  })
})

it('the words of --dry-run fit the verb', async () => {
  const of = async (...words: string[]) => (await new Project().run(...words, '--help')).stdout.replace(/\s+/g, ' ')
  expect(await of('workers', 'stop')).not.toContain('by state and name')
  expect(await of('jobs', 'delete')).toContain('by state and name')
})

it('a package that the app lacks is named once, with how to get it', async () => {
  const project = await newProject()
  project.write('worksong.config.mjs', "import nope from 'no-such-package-here/part'\nexport default nope\n")
  const { code, stderr } = await project.run('jobs', 'list')
  expect(code).toBe(1)
  expect(stderr.match(/Cannot find package/g)).toHaveLength(1)
  expect(stderr).toContain('\nfix: Install it where the app is: npm install no-such-package-here\n')
})

it('run opens no store for a handler that enqueues nothing', async () => {
  const project = await newProject()
  project.store = 'postgres://me@127.0.0.1:1/down'
  expect(await project.run('run', 'hello', '{"name":"Ada"}')).toMatchObject({ code: 0, stderr: '' })
})
