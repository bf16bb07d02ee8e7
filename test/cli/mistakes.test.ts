/** Wrong input: an error with its fix on standard error, or as the one JSON document; 2 for what was typed, 1 for what failed. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { testPostgres } from '../support/postgres.js'
import { ENGINES, migratedProject, newProject, Project } from './project.js'

it.each([
  ['an unknown command', ['jbos'], "unknown command 'jbos'", 'Did you mean jobs?', undefined],
  ['an unknown nested command', ['jobs', 'lsit'], "unknown command 'lsit'", 'Did you mean list?', undefined],
  ['an unknown option', ['jobs', 'list', '--limt', '3'], "unknown option '--limt'", 'Did you mean --limit?', undefined],
  ['a missing argument', ['jobs', 'show'], "missing required argument 'id'", "'worksong jobs show --help' shows what is possible.", 'id'],
  [
    'too many arguments',
    ['queues', 'list', 'x'],
    'too many arguments for',
    "'worksong queues list --help' shows what is possible.",
    undefined,
  ],
  [
    'a bad id',
    ['jobs', 'show', 'abc'],
    "id is not a job id (a UUID in lower case): 'abc'",
    "Give it whole, as 'worksong jobs list' shows it.",
    'id',
  ],
  ['a bad choice', ['jobs', 'list', '--state', 'ded'], '--state is not one of scheduled, blocked, queued', "Did you mean 'dead'?", 'state'],
  ['a bad number', ['jobs', 'list', '--limit', 'x'], "--limit is not a whole number from 1 to 1000: 'x'", 'Write it in digits', 'limit'],
  ['a bad duration', ['enqueue', 'hello', '{}', '--delay', '5x'], "--delay is not a duration: '5x'", 'Give it as milliseconds', 'delay'],
  ['bad JSON', ['enqueue', 'hello', '{nam'], 'input is not JSON: {nam', 'Quote it for your shell', 'input'],
  ['a bad queue name', ['work', '--concurrency', '0'], '--concurrency is not a whole number from 1', undefined, 'concurrency'],
])('%s', async (_what, args, message, fix, field) => {
  // What is typed wrong is said before an app is looked for: there is none here.
  const project = new Project()
  const text = await project.run(...args)
  expect(text).toMatchObject({ code: 2, stdout: '' })
  expect(text.stderr).toContain(`error: ${message}`)
  if (fix) expect(text.stderr).toContain(`\nfix: ${fix}`)
  const { code, value, stderr } = await project.json(...args)
  expect({ code, stderr }).toEqual({ code: 2, stderr: '' })
  const { error } = value as { error: { code: string; message: string; fix?: string; field?: string } }
  expect(error.code).toMatch(/^WS_INVALID_/)
  expect(error.message).toContain(message)
  expect(error.field).toBe(field)
})

it('an unknown job, and an input that its schema refuses', async () => {
  const project = await migratedProject()
  const unknown = await project.run('enqueue', 'hell', '{}')
  expect(unknown).toMatchObject({ code: 2, stdout: '' })
  expect(unknown.stderr).toBe("error: No job is named 'hell'\nfix: Jobs of this app: hello, fail, hold, fault, deaf, handlerless, talk.\n")
  const { code, value } = await project.json('enqueue', 'hello', '{"name":1}')
  expect(code).toBe(2)
  expect(value).toMatchObject({ error: { code: 'WS_INVALID_INPUT', message: expect.stringContaining('name: expected a text') } })
})

it.each(ENGINES)('a job that does not exist, on %s', async (engine) => {
  const project = await migratedProject(engine)
  const { code, value } = await project.json('jobs', 'show', '0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e')
  expect(code).toBe(1)
  expect(value).toMatchObject({ error: { code: 'WS_JOB_NOT_FOUND' } })
})

it('a store that cannot be reached, or is none: the password is never shown', async () => {
  const project = await newProject()
  const postgres = new URL(testPostgres())
  const stores = [
    'postgres://me:pass%2Fword@127.0.0.1:1/db',
    'postgres://me:pass/word@127.0.0.1:1/db',
    'mysql://me:password@127.0.0.1/db',
    'postgrs://me:pass@word@127.0.0.1/db?password=password',
    `postgres://me:password@${postgres.host}/no_such_database`,
  ]
  for (const store of stores) {
    const text = await project.run('jobs', 'list', '--store', store)
    expect(text.code).toBeGreaterThan(0)
    expect(text.stderr).toMatch(/^error: /)
    const json = await project.json('jobs', 'list', '--store', store)
    expect(json.value).toMatchObject({ error: { code: expect.stringMatching(/^WS_/) } })
    const told = (text.stderr + json.stdout + json.stderr).replaceAll('user and password', '')
    expect(told).not.toMatch(/pass(?!word (auth|for)|\W)\w*word|me:p/)
  }
  const unreachable = await project.run('jobs', 'list', '--store', stores[0] as string)
  expect(unreachable.stderr).toContain('error: Postgres cannot be reached (ECONNREFUSED), at postgres://me@127.0.0.1:1/db\nfix: ')
  const mistyped = await project.run('jobs', 'list', `--stoer=${stores[2]}`)
  expect(mistyped).toMatchObject({ code: 2 })
  expect(mistyped.stderr).not.toContain('password')
})

it('a SQLite folder that does not exist is not made', async () => {
  const project = await newProject()
  const { code, stderr } = await project.run('jobs', 'list', '--store', 'sqlite:nowhere/jobs.db')
  expect(code).toBe(1)
  expect(stderr).toContain('nowhere')
  expect(existsSync(join(project.folder, 'nowhere'))).toBe(false)
})

it.each([
  [['enqueue', 'hello', '{"name":"Ada"}'], 'would be gone when it ends'],
  [['jobs', 'list'], 'gone when it ends'],
  [['work', '--processes', '2'], 'each of several processes would have its own jobs'],
])('a store in memory is refused for %j, which could only pretend', async (args, message) => {
  const project = await newProject()
  project.store = 'sqlite::memory:'
  const { code, stdout, stderr } = await project.run(...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(`error: The app's store is in the memory of one process: `)
  expect(stderr).toContain(message)
})

it('an input that no store can hold is what was typed, too', async () => {
  const project = await migratedProject()
  const { code, value } = await project.json('enqueue', 'hello', '{"name":"a\\u0000b"}')
  expect([code, value]).toMatchObject([2, { error: { code: 'WS_UNSTORABLE' } }])
})
