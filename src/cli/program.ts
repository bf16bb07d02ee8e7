/** Builds the commands: the words of a name become nested commands. What cannot be understood becomes an error like any other. */
import { Command, type CommanderError, Option } from 'commander'
import { VERSION, WorksongError } from '../app/index.js'
import { configName } from './app-file.js'
import type { CliCommand, Globals } from './command.js'
import { commands } from './commands.js'
import { addFields, asTyped, readFields } from './fields.js'
import { examplesText, groupOf, pathOf, setUpHelp } from './help.js'
import { EXIT, type Output } from './output.js'
import type { Care } from './perform.js'
import { errorHere } from './same-place.js'

export interface Program {
  readonly program: Command
  /** The exit code of the command that was performed. */
  readonly outcome: { code: number }
}

export function buildProgram(output: Output): Program {
  const outcome: { code: number } = { code: EXIT.ok }
  const program = new Command('worksong')
    .description('Background jobs: run workers, and look at and act on jobs and queues.')
    .version(VERSION, '-V, --version', 'show the version')
    .option('--app <file>', `the file whose default export is the app (default: ${configName()}, looked for upwards)`)
    .option('--store <url>', "another store than the app's: sqlite:FILE or postgres://user@host/database")
    .option('--json', 'print one JSON document')
    .configureOutput({ writeErr: () => undefined })
  setUpHelp(program)
  refuse(program)
  for (const command of commands) add(program, command, output, outcome)
  return { program, outcome }
}

function add(program: Command, command: CliCommand, output: Output, outcome: { code: number }): void {
  const leaf = command.name.reduce((parent, word) => child(parent, word), program)
  leaf.description(command.words).addHelpText('after', examplesText(command.examples))
  addFields(leaf, command.fields)
  if (command.planned)
    leaf.addOption(new Option('--dry-run', `only say what would be hit${'queue' in command.fields ? ', by state and name' : ''}`))
  if (command.planned && 'queue' in command.fields)
    leaf.addOption(new Option('--deep', 'with --dry-run: by name, also where that takes long'))
  if (command.destructive) leaf.addOption(new Option('--yes', 'do not ask; needed where there is no terminal'))
  leaf.action(async () => {
    const globals = program.opts<Globals>()
    try {
      outcome.code = await command.perform(readFields(leaf, command.fields), globals, output, leaf.opts<Care>())
    } catch (error) {
      throw errorHere(asTyped(error, command.fields), globals)
    }
  })
}

function child(parent: Command, word: string): Command {
  const known = parent.commands.find((one) => one.name() === word)
  if (known) return known
  const made = parent.command(word).helpGroup(groupOf(parent.parent ? parent.name() : word))
  refuse(made)
  return made
}

/** Commander's refusals as errors of ours, and help where a command has not been named. */
function refuse(command: Command): void {
  command.exitOverride((refusal) => {
    if (refusal.exitCode === 0) throw refusal
    if (refusal.code !== 'commander.help') throw usageError(command, refusal)
    if (command.parent) throw missingWord(command)
    command.outputHelp()
    throw Object.assign(refusal, { exitCode: 0 })
  })
}

function usageError(command: Command, refusal: CommanderError): WorksongError {
  // The value is left out: it may be a URL with a password. So is what no command is called.
  const message = refusal.message
    .replace(/^error: /, '')
    .replace(/'(--[\w-]+)=.*'/s, "'$1'")
    .replace(/(unknown command) '.*[@:=/].*'/s, '$1')
  const [first = '', hint] = message.split('\n')
  const field = /^(?:missing required argument|option) '(?:--)?([\w-]+)/.exec(first)?.[1]
  return new WorksongError('WS_INVALID_OPTION', first.replace(/\.$/, ''), {
    fix:
      synonym(command, first) ??
      hint?.replace(/^\((.*)\)$/, '$1') ??
      `'${`worksong ${pathOf(command)}`.trim()} --help' shows what is possible.`,
    ...(field === undefined ? {} : { field }),
  })
}

/** What else such a command is called. */
const SYNONYMS: Readonly<Record<string, string>> = {
  'dead retry': 'dead redrive',
  'dead requeue': 'dead redrive',
  'dead purge': 'dead delete',
  'jobs purge': 'queues purge',
  'jobs requeue': 'jobs retry',
  'jobs redrive': 'dead redrive',
  'queues clear': 'queues purge',
  'queues delete': 'queues purge',
  status: 'doctor',
  version: '--version',
  worker: 'work',
}

function synonym(command: Command, refusal: string): string | undefined {
  const word = /^unknown command '(.*)'/.exec(refusal)?.[1] ?? ''
  const typed = `${pathOf(command)} ${word}`.trim()
  return Object.hasOwn(SYNONYMS, typed) ? `Did you mean 'worksong ${SYNONYMS[typed]}'?` : undefined
}

function missingWord(command: Command): WorksongError {
  const path = `worksong ${pathOf(command)}`
  const words = command.commands.map((one) => one.name()).join(', ')
  return new WorksongError('WS_INVALID_OPTION', `'${path}' is not a whole command`, {
    fix: `Add one of: ${words}. '${path} --help' explains them.`,
  })
}
