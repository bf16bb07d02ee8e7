/** Finds and loads the app: the default export of worksong.config.*, or of --app FILE; without either, an app of a store alone. */
import { dirname, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worksong, WorksongError } from '../app/index.js'
import { configName, findApp, noApp } from './app-file.js'
import { brokenApp } from './broken-app.js'
import type { Globals } from './command.js'

const CLOSE_MS = 10_000

export interface Loaded {
  readonly app: Worksong
  /** Where it comes from; undefined for an app without jobs, made for a store alone. */
  readonly file: string | undefined
}

/**
 * @param settings `migrate: false`: whatever the app says, nothing is created in a store that may be the wrong one
 * @param needsJobs a store alone would not do: it is not asked for
 * @throws WorksongError `WS_APP_NOT_FOUND`, `WS_APP_BROKEN`, `WS_INVALID_OPTION` for a store that is none
 */
export async function loadApp(globals: Globals, settings: { migrate?: false } = {}, needsJobs = false): Promise<Loaded> {
  const file = findApp(globals)
  if (file === undefined) {
    const store = globals.store ?? process.env.WORKSONG_STORE
    if (!store) throw noApp(`There is no ${configName()} here or in the folders above`, needsJobs)
    return { app: new Worksong({ store, migrate: false }), file }
  }
  const store = globals.store === undefined ? undefined : absolute(globals.store)
  // A file found further up means its paths as seen from its own folder: the same store from wherever in the project.
  if (globals.app === undefined) process.chdir(dirname(file))
  const app = await importApp(file)
  app.configure({ ...settings, ...(store === undefined ? {} : { store }) })
  return { app, file }
}

/** For what needs neither jobs nor a store: none is opened. */
export function withoutApp(): Worksong {
  return new Worksong({ store: 'sqlite::memory:', migrate: false })
}

/** Two processes on an app's own memory do not see each other. */
export function notShared(what: string): WorksongError {
  return new WorksongError('WS_INVALID_OPTION', `The app's store is in the memory of one process: ${what}`, {
    fix: "Give the app a file (store: 'sqlite:worksong.db') or Postgres, or this command another store with --store.",
    field: 'store',
  })
}

/** Close, but wait for no store that has gone away. */
export async function closeApp(app: Worksong): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((done) => {
    timer = setTimeout(done, CLOSE_MS)
  })
  await Promise.race([app.close().catch(() => undefined), late])
  clearTimeout(timer)
}

async function importApp(file: string): Promise<Worksong> {
  let found: unknown
  try {
    found = ((await import(pathToFileURL(file).href)) as { default?: unknown }).default
  } catch (cause) {
    throw brokenApp(file, cause)
  }
  // What CommonJS exports as `default` is one step further in.
  const app = isApp(found) ? found : (found as { default?: unknown } | undefined)?.default
  if (isApp(app)) return app
  const what = found === undefined ? 'has no default export' : 'has a default export that is not a Worksong app'
  throw new WorksongError('WS_APP_BROKEN', `${relative(process.cwd(), file)} ${what}`, {
    fix: 'It must say: export default new Worksong({ … }).',
  })
}

/** By its abilities, not by its class: the project may hold another copy of the package. */
function isApp(value: unknown): value is Worksong {
  const abilities: readonly (keyof Worksong)[] = ['operate', 'mend', 'worker', 'configure', 'close']
  return typeof value === 'object' && value !== null && abilities.every((name) => typeof (value as Worksong)[name] === 'function')
}

/** A SQLite path that was typed here means a file seen from here. */
function absolute(store: string): string {
  const path = /^sqlite:(?!:memory:|\/)(.+)$/.exec(store)?.[1]
  return path === undefined ? store : `sqlite:${resolve(path)}`
}
