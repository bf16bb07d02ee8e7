/** Node's options for a thread: those of the process, without what belongs to its own script and its own debugger. */

const WITH_VALUE = /^(?:-e|--eval|-p|-pe|--print|--input-type|--inspect-port|--debug-port)$/
const UNWANTED = /^(?:-c|--check|(?:--eval|--print|--input-type|--debug-port)=.*|--inspect.*)$/

/** Undefined when the thread may inherit them all, which allows more than giving them. */
export function threadArgv(argv: readonly string[]): string[] | undefined {
  const kept: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const option = argv[at] as string
    if (WITH_VALUE.test(option)) at++
    else if (!UNWANTED.test(option)) kept.push(option)
  }
  return kept.length === argv.length ? undefined : kept
}
