/** What a command says: results on standard output as text or as one JSON document, errors with their fix, exit codes. No passwords. */
import { styleText } from 'node:util'
import { isWorksongError, problemOf, WorksongError } from '../app/index.js'

/** 0 it worked, 1 it failed, in part or whole, 2 what was typed is wrong, 130 Ctrl+C ended it early. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

const USAGE: ReadonlySet<string> = new Set([
  'WS_INVALID_OPTION',
  'WS_INVALID_DURATION',
  'WS_INVALID_NAME',
  'WS_INVALID_INPUT',
  'WS_UNSTORABLE',
  'WS_TOO_LARGE',
  'WS_UNKNOWN_JOB',
  'WS_APP_NOT_FOUND',
])
const STACK_LINES = 8

interface Told {
  readonly code: string | null
  readonly message: string
  readonly fix?: string
  readonly field?: string
  readonly done?: number
}

export class Output {
  readonly json: boolean
  #failed = false

  constructor(json: boolean) {
    this.json = json
  }

  /** A result: as text, or as it is for programs. */
  result(value: unknown, text: string): void {
    this.#print(`${this.json ? JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0) : printable(text)}\n`)
  }

  /** One of several parts of a result: as text, or each of its values as JSON in a line of its own. */
  part(values: readonly unknown[], text: string): void {
    this.#print(this.json ? values.map((value) => `${JSON.stringify(value)}\n`).join('') : `${printable(text)}\n`)
  }

  /** What people should know beside the result. */
  note(text: string): void {
    process.stderr.write(`${printable(text)}\n`)
  }

  /** Nothing was done after all: said to people, and to programs. */
  nothing(because: 'declined' | 'interrupted', text: string): void {
    this.note(text)
    if (this.json) this.#print(`${JSON.stringify({ done: false, because })}\n`)
  }

  /** The exit code, once all is written: what nobody could write was not done well. That nobody reads on is no failure. */
  async end(code: number): Promise<number> {
    await new Promise<void>((resolve) => process.stdout.write('', () => resolve()))
    return this.#failed && code === EXIT.ok ? EXIT.failed : code
  }

  /** Say what went wrong. Returns the exit code. */
  error(error: unknown): number {
    const told = tell(error)
    if (this.json) this.#print(`${JSON.stringify({ error: told })}\n`)
    else process.stderr.write(`${paint('red', 'error:')} ${told.message}\n${told.fix ? `${paint('cyan', 'fix:')} ${told.fix}\n` : ''}`)
    const stack = stackOf(error)
    if (stack) process.stderr.write(`${withoutPasswords(stack)}\n`)
    return told.code !== null && USAGE.has(told.code) ? EXIT.usage : EXIT.failed
  }

  #print(text: string): void {
    process.stdout.write(text, (error) => {
      if (!error || (error as NodeJS.ErrnoException).code === 'EPIPE' || this.#failed) return
      this.#failed = true
      process.stderr.write(`${paint('red', 'error:')} The output could not be written: ${error.message}\n`)
    })
  }
}

function tell(error: unknown): Told {
  if (!isWorksongError(error)) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return { code: null, message: clean(message), fix: 'Set WORKSONG_LOG=debug to see where it comes from.' }
  }
  const { code, fix, field, done } = error
  return {
    code,
    message: clean(problemOf(error)),
    ...(fix ? { fix: clean(fix) } : {}),
    ...(field ? { field } : {}),
    ...(done === undefined ? {} : { done }),
  }
}

/** An app's file that breaks is the user's own code: they need to see where. Else only on demand. */
function stackOf(error: unknown): string | undefined {
  const shown = isWorksongError(error, 'WS_APP_BROKEN') ? error.cause : process.env.WORKSONG_LOG === 'debug' ? error : undefined
  if (!(shown instanceof Error) || (shown instanceof WorksongError && shown !== error)) return undefined
  const lines = (shown.stack ?? '').split('\n').filter((line) => !line.includes('node:internal'))
  return process.env.WORKSONG_LOG === 'debug' ? lines.join('\n') : lines.slice(0, STACK_LINES).join('\n')
}

function clean(text: string): string {
  return printable(withoutPasswords(text))
}

/** In a URL, whatever stands between the colon behind the user and the last @ may be a password; so may a parameter of that name. */
export function withoutPasswords(text: string): string {
  return text.replace(/(:\/\/[^\s'":/]*):[^\s'"]*@/g, '$1:…@').replace(/([?&]\w*password=)[^&\s'"]*/gi, '$1…')
}

/** Error texts and inputs come from anywhere: no control characters of theirs reach the terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function paint(colour: 'red' | 'cyan', text: string): string {
  return process.stderr.isTTY && !process.env.NO_COLOR ? styleText(colour, text) : text
}
