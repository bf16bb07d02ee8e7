/** From the words on the command line to an exit code. Everything that goes wrong ends here, as an error in text or JSON. */
import type { CommanderError } from 'commander'
import { EXIT, Output } from './output.js'
import { buildProgram } from './program.js'

export async function main(argv: readonly string[]): Promise<number> {
  const output = new Output(wantsJson(argv))
  // `worksong jobs list | head -1`: that nobody reads on is no failure. What is one, `output` finds out.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const { program, outcome } = buildProgram(output)
  try {
    await program.parseAsync(argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv, { from: 'user' })
    return await output.end(outcome.code)
  } catch (error) {
    if ((error as Partial<CommanderError>).exitCode === 0) return EXIT.ok
    return output.end(output.error(error))
  }
}

/** Needed before the line is understood: the error about it is JSON too. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json')
}
