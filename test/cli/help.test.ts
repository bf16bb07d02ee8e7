/** Help and version: every command explains itself, wherever it is asked; bare words exit as they should. */
import { expect, it } from 'vitest'
import { commands } from '#dist/cli/commands.js'
import { Project } from './project.js'

it('worksong alone: the commands in groups, exit 0', async () => {
  const project = new Project()
  const { code, stdout, stderr } = await project.run()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const group of ['Run:', 'Jobs:', 'Dead jobs:', 'Queues:', 'Workers:', 'Try out:', 'Store:']) expect(stdout).toContain(`\n${group}\n`)
  for (const command of commands) expect(stdout).toMatch(new RegExp(`\n  ${command.name.join(' ')}[ \n]`))
  expect((await project.run('--help')).stdout).toBe(stdout)
  expect((await project.run('help')).stdout).toBe(stdout)
})

it.each(commands.map((command) => [command.name.join(' '), command] as const))('%s --help', async (path, command) => {
  const { code, stdout, stderr } = await new Project().run(...command.name, '--help')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const text = stdout.replace(/\s+/g, ' ')
  expect(text).toContain(`Usage: worksong ${path}`)
  expect(text).toContain(command.words)
  for (const field of Object.values(command.fields)) expect(text).toContain(field.words)
  for (const option of ['--app <file>', '--store <url>', '--json']) expect(text).toContain(option)
  for (const example of command.examples) expect(stdout).toContain(`\n  ${example}\n`)
})

it('help of nested commands in both ways, and of a group', async () => {
  const project = new Project()
  expect(await project.run('help', 'jobs', 'show')).toEqual(await project.run('jobs', 'show', '--help'))
  const { stdout } = await project.run('jobs', '--help')
  expect(stdout).toContain('jobs retry [ids...]')
  expect(stdout).not.toContain('queues list')
})

it('a group alone is no command', async () => {
  const project = new Project()
  expect(await project.run('jobs')).toMatchObject({
    code: 2,
    stdout: '',
    stderr:
      "error: 'worksong jobs' is not a whole command\nfix: Add one of: show, logs, list, cancel, retry, delete, run. 'worksong jobs --help' explains them.\n",
  })
  expect((await project.json('jobs')).value).toMatchObject({ error: { code: 'WS_INVALID_OPTION' } })
})

it('the version', async () => {
  expect(await new Project().run('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
})

it('no field has the name of an option that all commands have', () => {
  const names = commands.flatMap((command) => Object.keys(command.fields))
  expect(names.filter((name) => ['app', 'store', 'json', 'help', 'version', 'yes', 'dryRun'].includes(name))).toEqual([])
})
