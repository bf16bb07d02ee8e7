/** All commands: those of the command line alone, and one per operation. */
import { isWorksongError, type Worksong } from '../app/index.js'
import { enqueue, migrate, type Operation, operations, parseInput } from '../operations/index.js'
import { noApp } from './app-file.js'
import type { CliCommand } from './command.js'
import { follow } from './follow.js'
import { closeApp, loadApp, notShared } from './load-app.js'
import { EXIT } from './output.js'
import { work } from './work.js'

export const commands: readonly CliCommand[] = [work, ...operations.map(fromOperation)]

function fromOperation(operation: Operation): CliCommand {
  const { name, words, fields, examples } = operation
  return {
    name,
    words,
    fields,
    examples,
    async perform(raw, globals, output) {
      // What was typed is judged before anything is loaded or opened.
      parseInput(fields, raw)
      // Of all verbs, only the first job of a new project finds a store without tables and is right to.
      const { app, file } = await loadApp(globals, operation === enqueue ? {} : { migrate: false })
      try {
        if (!app.shared) throw notShared('what this command did would be gone when it ends')
        if (operation.follow && raw.follow === true) return await follow(app, operation, raw, output)
        const result = await run(app, operation, raw)
        output.result(result, operation.show(result))
        return operation.failed?.(result) ? EXIT.failed : EXIT.ok
      } catch (error) {
        if (file === undefined && isWorksongError(error, 'WS_UNKNOWN_JOB')) throw noApp(`'${name.join(' ')}' needs the app's jobs`)
        throw error
      } finally {
        await closeApp(app)
      }
    },
  }
}

/** One place for all verbs: what asks before it destroys (`--yes`, `--dry-run`) will ask here. */
function run(app: Worksong, operation: Operation, raw: Record<string, unknown>): Promise<unknown> {
  return operation === migrate ? app.mend(operation, parseInput(operation.fields, raw)) : app.operate(operation, raw)
}
