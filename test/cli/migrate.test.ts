/** What migrate says, and what others say about it. */
import { expect, it } from 'vitest'
import { ENGINES, migratedProject, newProject } from './project.js'

it('a fix names migrate with the options that led to this store', async () => {
  const project = await newProject()
  project.write('other.db', '')
  project.write('apps/app.mjs', "export { default } from '../worksong.config.mjs'\n")
  const fixOf = async (...args: string[]) => ((await project.json(...args)).value as { error: { fix: string } }).error.fix
  expect(await fixOf('jobs', 'list', '--store', 'sqlite:other.db')).toBe("Run 'worksong migrate --store sqlite:other.db'.")
  expect(await fixOf('jobs', 'list', '--store', 'sqlite:./no $such.db')).toContain("'worksong migrate --store URL' makes the file")
  expect(await fixOf('jobs', 'list', '--app', 'apps/app.mjs')).toContain("'worksong migrate --app apps/app.mjs' makes the file")
  expect(await fixOf('jobs', 'list')).toContain("'worksong migrate' makes the file")
  const doctor = await project.run('doctor', '--store', 'sqlite:other.db')
  expect(doctor.stdout).toContain("schema: Run 'worksong migrate --store sqlite:other.db'")
})

it('of Postgres the URL is not repeated: it may have a password', async () => {
  const project = await newProject('postgres')
  const url = new URL(project.store)
  url.password = 'hunter2'
  const { stderr } = await project.run('jobs', 'list', '--store', url.href)
  expect(stderr).toContain("\nfix: Run 'worksong migrate --store URL'.\n")
  expect(stderr).not.toContain('hunter2')
})

it.each(ENGINES)('it says which store, and from which version to which, on %s', async (engine) => {
  const project = await newProject(engine)
  const planned = await project.run('migrate', '--plan')
  expect(planned.stdout).toMatch(/^to be applied: version 0 -> \d+ of \S+, \d+ migrations? \(.+\)\n$/)
  expect((await project.run('migrate')).stdout).toBe(planned.stdout.replace('to be applied', 'applied'))
})

it('a store that is too new is refused, whatever is asked', async () => {
  const project = await migratedProject()
  const { DatabaseSync } = await import('../support/sqlite.js')
  const db = new DatabaseSync(`${project.folder}/jobs.db`)
  db.exec("update worksong_meta set value = 9 where key in ('version', 'oldest_reader')")
  db.close()
  for (const args of [['migrate'], ['migrate', '--plan']]) {
    const { code, value } = await project.json(...args)
    expect({ code, value }).toMatchObject({ code: 1, value: { error: { code: 'WS_SCHEMA_NEW' } } })
  }
})
