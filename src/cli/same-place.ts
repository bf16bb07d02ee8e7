/** A fix that says to run 'worksong migrate' means the store that was looked at: with the options that led there. */
import { isWorksongError, reworded } from '../app/index.js'
import type { Globals } from './command.js'

const COMMAND = /(?<=['`]worksong migrate)(?=['`])/g
/** What a shell takes as it is, and is no secret. A URL of Postgres may have a password. */
const PLAIN_FILE = /^[\w./-]+$/
const PLAIN_STORE = /^sqlite:[\w./-]+$/

export function fixHere(fix: string, { app, store }: Globals): string {
  const file = app === undefined ? '' : ` --app ${PLAIN_FILE.test(app) ? app : 'FILE'}`
  const url = store === undefined ? '' : ` --store ${PLAIN_STORE.test(store) ? store : 'URL'}`
  return fix.replace(COMMAND, file + url)
}

/** The same error, with such a fix. */
export function errorHere(error: unknown, globals: Globals): unknown {
  if (!isWorksongError(error) || error.fix === undefined) return error
  const fix = fixHere(error.fix, globals)
  return fix === error.fix ? error : reworded(error, { fix })
}
