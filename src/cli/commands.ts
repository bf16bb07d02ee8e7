/** All commands: those of the command line alone, and one per operation. */
import { isWorksongError } from '../app/index.js'
import { doctor, type Operation, operations } from '../operations/index.js'
import { noApp } from './app-file.js'
import type { CliCommand } from './command.js'
import { doctorCommand } from './doctor.js'
import { follow } from './follow.js'
import { closeApp, loadApp, notShared, withoutApp } from './load-app.js'
import { judge, performOn } from './perform.js'
import { work } from './work.js'

export const commands: readonly CliCommand[] = [work, ...operations.map((one) => (one === doctor ? doctorCommand : fromOperation(one)))]

function fromOperation(operation: Operation): CliCommand {
  const { name, words, fields, examples, store, needsJobs = false } = operation
  return {
    name,
    words,
    fields,
    examples,
    ...(operation.plan ? { planned: true } : {}),
    ...(operation.destructive ? { destructive: true } : {}),
    async perform(raw, globals, output, care) {
      judge(operation, raw, care)
      if (operation.alone?.(raw)) return performOn(withoutApp(), operation, raw, care, output)
      // Most look, or act on what there is: they make no store. A new project's has no tables for those that bring work, who are right to.
      const settings = store === 'make' || store === 'lazy' ? {} : ({ migrate: false } as const)
      const { app, file } = await loadApp(globals, settings, needsJobs)
      try {
        if (!app.shared && store !== 'none' && operation.keeps !== false)
          throw notShared('what this command did would be gone when it ends')
        if (operation.follow && raw.follow === true) return await follow(app, operation, raw, output)
        return await performOn(app, operation, raw, care, output)
      } catch (error) {
        if (file === undefined && isWorksongError(error, 'WS_UNKNOWN_JOB')) throw noApp(`'${name.join(' ')}' needs the app's jobs`, true)
        throw error
      } finally {
        await closeApp(app)
      }
    },
  }
}
