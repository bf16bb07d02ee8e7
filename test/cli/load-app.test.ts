/** Where the app comes from, and what is said when it does not come. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { migratedProject, newProject, Project } from './project.js'

it('finds worksong.config in a folder above, whose paths mean what they mean there', async () => {
  const project = await migratedProject()
  await project.run('enqueue', 'hello', '{"name":"Ada"}')
  project.write('src/deep/file', '')
  const { stdout } = await project.start(['queues', 'list'], { cwd: 'src/deep' }).ended
  expect(stdout).toMatch(/\ndefault +1 /)
  expect(existsSync(join(project.folder, 'src/deep/jobs.db'))).toBe(false)
  // But a path that is typed is seen from where it is typed.
  await project.start(['migrate', '--store', 'sqlite:own.db'], { cwd: 'src/deep' }).ended
  expect(existsSync(join(project.folder, 'src/deep/own.db'))).toBe(true)
})

it('--store stands in place of the store of the app, for its jobs too', async () => {
  const project = await migratedProject()
  const other = ['--store', 'sqlite:other.db']
  expect(await project.run('enqueue', 'hello', '{"name":"Ada"}', ...other)).toMatchObject({ code: 0 })
  expect((await project.json('queues', 'list', ...other)).value).toMatchObject([{ name: 'default', queued: 1 }])
  expect((await project.json('queues', 'list')).value).toEqual([])
})

it('--app names the file, before or after the command', async () => {
  const project = await migratedProject()
  project.write('apps/app.mjs', "export { default } from '../worksong.config.mjs'\n")
  expect(await project.run('queues', 'list', '--app', 'apps/app.mjs')).toMatchObject({ code: 0 })
  expect(await project.run('--app', 'apps/app.mjs', 'queues', 'list')).toMatchObject({ code: 0 })
  const { code, stderr } = await project.run('queues', 'list', '--app', 'gone.mjs')
  expect(code).toBe(2)
  expect(stderr).toBe('error: --app: there is no file gone.mjs\nfix: Name the file that exports the app.\n')
})

it('no app and no store', async () => {
  const project = new Project()
  const { code, stderr } = await project.run('jobs', 'list')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^error: There is no worksong\.config\.mjs here or in the folders above\nfix: .*--app FILE.*--store URL/)
  expect((await project.json('work')).value).toMatchObject({ error: { code: 'WS_APP_NOT_FOUND', field: 'app' } })
})

it.each([
  ['{"type":"module"}', 'worksong.config.js', '.mjs, .ts, .mts'],
  ['{"type":"commonjs"}', 'worksong.config.mjs', '.js, .ts, .mts'],
  ['{}', 'worksong.config.mjs', '.js, .ts, .mts'],
  ['nonsense', 'worksong.config.mjs', '.js, .ts, .mts'],
])('in a project whose package.json is %s, the file to make is %s', async (text, name, others) => {
  const project = new Project()
  project.write('package.json', text)
  project.write('deep/file', '')
  const { stderr } = await project.start(['jobs', 'list'], { cwd: 'deep' }).ended
  expect(stderr).toMatch(
    new RegExp(`^error: There is no ${name} here or in the folders above\nfix: .* \\(its ${name} says: export default`),
  )
  const { stdout } = await project.run('--help')
  expect(stdout.replace(/\s+/g, ' ')).toContain(`(default: ${name}, looked for upwards)`)
  expect(stdout).toContain(`the default export of ${name} (or ${others}), looked for`)
})

it.each([
  ['import', "import 'node:fs'\nexport default 1", 'Cannot use import statement outside a module'],
  ['export', 'const app = 1\nexport default app', "Unexpected token 'export'"],
  ['await', 'const app = await 1', 'await is only valid in async functions and the top level bodies of modules'],
  ['import.meta', 'console.log(import.meta.url)', "Cannot use 'import.meta' outside a module"],
])('%s in a file that Node reads as CommonJS: says how to make it a module', async (_what, text, said) => {
  const project = new Project()
  project.write('package.json', '{"type":"commonjs"}')
  project.write('worksong.config.js', text)
  const { code, stderr } = await project.run('jobs', 'list')
  expect(code).toBe(1)
  expect(stderr).toContain(`error: worksong.config.js could not be loaded: SyntaxError: ${said}\n`)
  const rename = 'fix: Node reads worksong.config.js as CommonJS, where import and export do not work: rename it to worksong.config.mjs'
  expect(stderr).toContain(`${rename}, or set "type": "module" in package.json.\n`)
})

it('of a CommonJS file further in, that one is named', async () => {
  const project = new Project()
  project.write('package.json', '{"type":"commonjs"}')
  project.write('worksong.config.mjs', "import './jobs/mail.cjs'")
  project.write('jobs/mail.cjs', 'export const mail = 1')
  const { stderr } = await project.run('jobs', 'list')
  expect(stderr).toMatch(/\nfix: Node reads jobs\/mail\.cjs as CommonJS, .*: rename it to jobs\/mail\.mjs\.\n/)
  project.write('worksong.config.mjs', "import 'broken'")
  project.write('node_modules/broken/index.js', 'export const mail = 1')
  project.write('node_modules/broken/package.json', '{"type":"commonjs","main":"index.js"}')
  expect((await project.run('jobs', 'list')).stderr).toContain("fix: Run 'node worksong.config.mjs' to see where.")
})

it.each([
  ['throws', "throw new Error('no such luck')", 'worksong.config.mjs could not be loaded: Error: no such luck', 'worksong.config.mjs:1'],
  [
    'is not JavaScript',
    'export default {{',
    'worksong.config.mjs could not be loaded: SyntaxError',
    "Run 'node worksong.config.mjs' to see where.",
  ],
  ['imports what is not there', "import 'no-such-package'", "could not be loaded: Error: Cannot find package 'no-such-package'", undefined],
  ['exports nothing', 'export const app = 1', 'worksong.config.mjs has no default export', 'export default new Worksong('],
  ['exports something else', 'export default {}', 'has a default export that is not a Worksong app', 'export default new Worksong('],
])('a file that %s', async (_what, text, message, more) => {
  const project = new Project()
  project.write('worksong.config.mjs', text)
  const { code, stdout, stderr } = await project.run('jobs', 'list')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain(message)
  if (more) expect(stderr).toContain(more)
  expect((await project.json('jobs', 'list')).value).toMatchObject({ error: { code: 'WS_APP_BROKEN' } })
})

it('says which option of the app is wrong', async () => {
  const project = await newProject()
  project.store = 'nonsense'
  const { code, stderr } = await project.run('jobs', 'list')
  expect(code).toBe(1)
  expect(stderr).toContain("error: worksong.config.mjs: store is not a URL that Worksong knows\nfix: Use 'sqlite:FILE'")
})

it('TypeScript: runs where something reads it, and else says how', async () => {
  const project = new Project()
  const app = `import { Worksong } from '${new URL('../../dist/index.js', import.meta.url).href}'\n`
  project.write('worksong.config.ts', `${app}export default new Worksong({ store: 'sqlite:jobs.db' })\n`)
  const runsIt = (process.features as { typescript?: unknown }).typescript
  if (!runsIt) {
    const { code, stderr } = await project.run('migrate')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^error: worksong\.config\.ts is TypeScript or imports it, which this Node \(v\d+[^)]*\) does not run by itself\nfix: .*tsx/,
    )
  }
  project.write('hooks.mjs', TYPESCRIPT_HOOKS)
  project.write('loader.mjs', "import { register } from 'node:module'\nregister('./hooks.mjs', import.meta.url)\n")
  const read = await project.start(['migrate'], { node: ['--import', './loader.mjs'] }).ended
  expect(read).toMatchObject({ code: 0, stdout: expect.stringMatching(/^applied: /) })
})

it('a command ends although the app has left something open', async () => {
  const project = await migratedProject()
  project.write('open.mjs', "setInterval(() => undefined, 1000)\nexport { default } from './worksong.config.mjs'\n")
  expect(await project.run('queues', 'list', '--app', 'open.mjs')).toMatchObject({ code: 0 })
})

/** A loader of the simplest kind: the file holds no types. */
const TYPESCRIPT_HOOKS = `
import { readFile } from 'node:fs/promises'
export async function load(url, context, next) {
  return url.endsWith('.ts') ? { format: 'module', shortCircuit: true, source: await readFile(new URL(url)) } : next(url, context)
}
`
