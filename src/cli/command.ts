/** What a command of the command line is: the words and fields of an operation, and how it is performed here. */
import type { Operation } from '../operations/index.js'
import type { Output } from './output.js'
import type { Care } from './perform.js'

/** The options that every command has. */
export interface Globals {
  /** --app: the file whose default export is the app. */
  readonly app?: string
  /** --store: in place of the app's own. */
  readonly store?: string
}

export interface CliCommand extends Pick<Operation, 'name' | 'words' | 'fields' | 'examples'> {
  /** It can say what it would do: has --dry-run. */
  readonly planned?: boolean
  /** It asks first: has --yes. */
  readonly destructive?: boolean
  /** Does it, says what came of it, leaves nothing open. Returns the exit code. `raw`: the fields as typed. */
  perform(raw: Record<string, unknown>, globals: Globals, output: Output, care: Care): Promise<number>
}
