/** The words around the commands: groups, examples, what stands below the list. */
import { styleText } from 'node:util'
import { type Argument, type Command, Help, type Option } from 'commander'
import { configName } from './app-file.js'

/** Headings by the first word of a command; another first word makes its own heading. */
const GROUPS: Readonly<Record<string, string>> = {
  work: 'Run:',
  enqueue: 'Jobs:',
  run: 'Jobs:',
  load: 'Try out:',
  backoff: 'Try out:',
  jobs: 'Jobs:',
  dead: 'Dead jobs:',
  queues: 'Queues:',
  migrate: 'Store:',
  doctor: 'Store:',
}
/** What else the app's file may end in. */
const OTHERS = ['.js', '.mjs', '.ts', '.mts']

export function setUpHelp(program: Command): void {
  program.configureHelp({
    showGlobalOptions: true,
    // The list names whole commands. Only for the list: by its own visible commands, Commander finds what was meant by a word.
    formatHelp: (command, helper) => Help.prototype.formatHelp.call(helper, command, Object.assign(helper, { visibleCommands: leaves })),
    visibleGlobalOptions: (command) => (command.parent ? globalOptions(command) : []),
    subcommandTerm: (command) => [pathOf(command), ...command.registeredArguments.map(argumentOf)].join(' '),
    styleTitle: (title) => styleText('bold', title),
  })
  program.usage('<command> [options]').helpCommand(false).helpOption('-h, --help', 'show help').addHelpText('after', below)
}

export function groupOf(first: string): string {
  return GROUPS[first] ?? `${first.charAt(0).toUpperCase()}${first.slice(1)}:`
}

export function examplesText(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`
}

/** The words of a command, without 'worksong'. */
export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}`.trim() : ''
}

function leaves(command: Command): Command[] {
  return command.commands.flatMap((one) => (one.commands.length > 0 ? leaves(one) : [one]))
}

function globalOptions(command: Command): Option[] {
  return command.parent ? globalOptions(command.parent) : command.options.filter((option) => option.long !== '--version')
}

function argumentOf(argument: Argument): string {
  const word = argument.variadic ? `${argument.name()}...` : argument.name()
  return argument.required ? `<${word}>` : `[${word}]`
}

/** What stands below the list of commands. */
function below(): string {
  const name = configName()
  const others = OTHERS.filter((ending) => !name.endsWith(ending)).join(', ')
  return `
The app is the default export of ${name} (or ${others}), looked for here and in the folders above.
Without one, --store or the environment variable WORKSONG_STORE names the store; the commands that need no jobs work then.
WORKSONG_LOG sets how much is logged: debug, info, warn, error, silent.

worksong <command> --help shows the options of a command, with examples.`
}
