/** Where the app's file is looked for, and what to call it to people. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { WorksongError } from '../app/index.js'
import type { Globals } from './command.js'

/** In each folder, in this order: what Node runs by itself comes first. */
const NAMES = ['worksong.config.js', 'worksong.config.mjs', 'worksong.config.ts', 'worksong.config.mts']

/** The file that gives the app, without loading it. @throws WorksongError `WS_APP_NOT_FOUND` when --app names none */
export function findApp({ app }: Globals): string | undefined {
  if (app !== undefined) {
    if (isFile(app)) return resolve(app)
    throw new WorksongError('WS_APP_NOT_FOUND', `--app: there is no file ${app}`, {
      fix: 'Name the file that exports the app.',
      field: 'app',
    })
  }
  for (const folder of upwards(process.cwd())) {
    const found = NAMES.map((name) => join(folder, name)).find(isFile)
    if (found !== undefined) return found
  }
  return undefined
}

/** What the file is best called here: `.js` is a module only where package.json says so, which npm's own does not; `.mjs` always is. */
export function configName(): string {
  const found = upwards(process.cwd())
    .map((folder) => join(folder, 'package.json'))
    .find(isFile)
  return found !== undefined && isModule(found) ? 'worksong.config.js' : 'worksong.config.mjs'
}

/** @param needsJobs a store alone would not do */
export function noApp(what: string, needsJobs: boolean): WorksongError {
  const here = `Run this in the folder of your project (its ${configName()} says: export default new Worksong({ … })), or give --app FILE`
  const fix = needsJobs ? `${here}.` : `${here}; to look at a store without its app, give --store URL.`
  return new WorksongError('WS_APP_NOT_FOUND', what, { fix, field: 'app' })
}

function isModule(packageFile: string): boolean {
  try {
    return (JSON.parse(readFileSync(packageFile, 'utf8')) as { type?: unknown } | null)?.type === 'module'
  } catch {
    return false
  }
}

/** The folder and those above it, up to the root. */
function upwards(folder: string): string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...upwards(above)]
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}
