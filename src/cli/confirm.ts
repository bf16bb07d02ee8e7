/** Before something is destroyed: on a terminal people are asked, elsewhere it must have been said with --yes. */
import { createInterface } from 'node:readline/promises'
import { WorksongError } from '../app/index.js'
import type { Plan } from '../operations/index.js'

interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean }
}

/** Questions go where results do not. */
const TERMINAL: Terminal = { input: process.stdin, output: process.stderr }

/** @throws WorksongError `WS_INVALID_OPTION` when there is nobody to be asked */
export function needSomebody(command: string, { input, output }: Terminal = TERMINAL): void {
  if (input.isTTY && output.isTTY) return
  throw new WorksongError('WS_INVALID_OPTION', `'worksong ${command}' asks first, and there is no terminal to ask on`, {
    fix: 'Add --yes to do it, or --dry-run to see what it would do.',
    field: 'yes',
  })
}

export type Answer = 'yes' | 'no' | 'interrupted'

/** Only a plain yes is one. The end of the input is a no; Ctrl+C, or the end of `signal`, is no answer. */
export async function confirmed({ words }: Plan, { input, output }: Terminal = TERMINAL, signal?: AbortSignal): Promise<Answer> {
  if (signal?.aborted) return 'interrupted'
  const lines = createInterface({ input, output })
  const over = new AbortController()
  let interrupted = false
  const interrupt = () => {
    interrupted = true
    over.abort()
  }
  lines.once('SIGINT', interrupt).once('close', () => over.abort())
  signal?.addEventListener('abort', interrupt, { once: true })
  try {
    const answer = await lines.question(`${words}? [y/N] `, { signal: over.signal })
    return /^y(es)?$/i.test(answer.trim()) ? 'yes' : 'no'
  } catch {
    output.write('\n')
    return interrupted ? 'interrupted' : 'no'
  } finally {
    signal?.removeEventListener('abort', interrupt)
    lines.close()
  }
}
