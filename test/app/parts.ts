/** What the tests of the app share. */
import { onTestFinished } from 'vitest'
import { Worksong, type WorksongOptions } from '#dist/app/index.js'

/** An app that is closed when the test ends. */
export function appOf(options: Partial<WorksongOptions> & { store: WorksongOptions['store'] }): Worksong {
  const app = new Worksong({ logger: false, ...options })
  onTestFinished(() => app.close())
  return app
}
