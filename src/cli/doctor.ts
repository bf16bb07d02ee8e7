/** worksong doctor: also where the app cannot be loaded, which is then the first thing to be said. */
import { relative } from 'node:path'
import { isWorksongError, problemOf, Worksong } from '../app/index.js'
import { type DoctorResult, doctor, doctorResult } from '../operations/index.js'
import type { CliCommand, Globals } from './command.js'
import { closeApp, loadApp } from './load-app.js'
import { EXIT, withoutPasswords } from './output.js'
import { fixHere } from './same-place.js'

type Check = DoctorResult['checks'][number]

export const doctorCommand: CliCommand = {
  name: doctor.name,
  words: doctor.words,
  fields: doctor.fields,
  examples: doctor.examples,
  async perform(_raw, globals, output) {
    const { app, check } = await look(globals)
    try {
      const found = app ? (await app.operate(doctor, {})).checks : []
      // Without the app's file its jobs are not known to be missing.
      const own = check.status === 'ok' ? found : found.filter(({ name }) => name !== 'jobs' && name !== 'lease')
      const result = doctorResult([check, ...own].map((one) => clean(one, globals)))
      output.result(result, doctor.show(result))
      return result.ok ? EXIT.ok : EXIT.failed
    } finally {
      if (app) await closeApp(app)
    }
  },
}

async function look(globals: Globals): Promise<{ app: Worksong | undefined; check: Check }> {
  const here = process.cwd()
  try {
    const { app, file } = await loadApp(globals, { migrate: false })
    if (file !== undefined) return { app, check: { name: 'app', status: 'ok', text: relative(here, file) } }
    return { app, check: { name: 'app', status: 'unknown', text: "no app's file here; only the store is looked at" } }
  } catch (error) {
    const { message, fix } = error as { message: string; fix?: string }
    const text = isWorksongError(error) ? problemOf(error) : message
    return { app: storeAlone(globals), check: { name: 'app', status: 'failed', text, ...(fix ? { fix } : {}) } }
  }
}

/** The store can be looked at without the app, where it is named. */
function storeAlone({ store = process.env.WORKSONG_STORE }: Globals): Worksong | undefined {
  try {
    return store ? new Worksong({ store, migrate: false }) : undefined
  } catch {
    return undefined
  }
}

/** What the store says holds no password; what an app's file throws may. */
function clean(check: Check, globals: Globals): Check {
  const { text, fix } = check
  return { ...check, text: withoutPasswords(text), ...(fix ? { fix: withoutPasswords(fixHere(fix, globals)) } : {}) }
}
