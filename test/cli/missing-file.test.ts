/** A SQLite file that is not there, as after a mistyped path: who looks makes nothing; migrate and enqueue make it. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { newProject, type Project } from './project.js'

const files = (project: Project) => readdirSync(project.folder).filter((name) => /\.db/.test(name))

it.each([
  [['jobs', 'list']],
  [['queues', 'list']],
  [['jobs', 'show', '0198c3a2-7b1e-7c55-9d01-3f2a1b4c5d6e']],
  [['queues', 'pause', 'mail']],
  [['load', '--jobs', '1']],
])('%j names the file that is missing, and does not make it', async (args) => {
  const project = await newProject()
  const path = join(project.folder, 'nothere.db')
  const text = await project.run(...args, '--store', 'sqlite:nothere.db')
  expect(text).toMatchObject({ code: 1, stdout: '' })
  expect(text.stderr).toContain(`error: There is no file ${path}\nfix: `)
  expect(text.stderr).toMatch(/--store.*worksong migrate/)
  const own = await project.json(...args)
  expect(own.value).toMatchObject({ error: { code: 'WS_STORE_NO_DATABASE' } })
  expect(files(project)).toEqual([])
})

it.each([[['jobs', 'list']], [['migrate', '--plan']], [['load', '--jobs', '1']]])('%j names the folder that is missing', async (args) => {
  const project = await newProject()
  const folder = join(project.folder, 'nowhere')
  const refused = await project.run(...args, '--store', `sqlite:${folder}/new.db`)
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).toContain(`error: There is no folder ${folder}, so no file ${folder}/new.db\nfix: `)
  expect(refused.stderr).toContain(`mkdir -p '${folder}'`)
})

it('migrate --plan says what would be applied, and makes nothing; migrate makes the file', async () => {
  const project = await newProject()
  const planned = await project.run('migrate', '--plan', '--store', 'sqlite:new.db')
  expect(planned).toMatchObject({ code: 0, stderr: '' })
  expect(planned.stdout).toMatch(/^to be applied: .+\n$/)
  expect(files(project)).toEqual([])
  const migrated = await project.run('migrate', '--store', 'sqlite:new.db')
  expect(migrated).toMatchObject({ code: 0, stdout: planned.stdout.replace('to be applied', 'applied') })
  // Nothing stays beside it: the database was let go of wholly.
  expect(files(project).filter((name) => /-(wal|shm)$/.test(name))).toEqual([])
  expect(files(project)).toContain('new.db')
  expect((await project.run('jobs', 'list', '--store', 'sqlite:new.db')).code).toBe(0)
})

it('enqueue makes the file of an app that may migrate', async () => {
  const project = await newProject()
  expect((await project.run('enqueue', 'hello', '{"name":"Ada"}')).code).toBe(0)
  expect(existsSync(join(project.folder, 'jobs.db'))).toBe(true)
})
