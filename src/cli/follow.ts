/** A verb with --follow: what there is and what comes, as it comes, until its end, Ctrl+C, or nobody reads on. */
import type { Worksong } from '../app/index.js'
import type { Operation } from '../operations/index.js'
import { onOrphaned } from './orphan.js'
import { EXIT, type Output } from './output.js'
import { onStopSignal } from './signals.js'

export async function follow(app: Worksong, operation: Operation, raw: Record<string, unknown>, output: Output): Promise<number> {
  const stop = new AbortController()
  const end = () => stop.abort()
  // A second signal does not wait for a store that does not answer.
  const offSignals = onStopSignal((count) => (count === 1 ? end() : process.exit(EXIT.failed)))
  const offOrphaned = onOrphaned(end)
  process.stdout.on('error', end)
  try {
    await app.operate(following(operation, output, stop.signal), raw)
    return EXIT.ok
  } finally {
    offSignals()
    offOrphaned()
    process.stdout.off('error', end)
  }
}

/** The same verb, of which each part is printed when it comes. */
function following(operation: Operation, output: Output, signal: AbortSignal): Operation {
  return {
    ...operation,
    async run(tools, input) {
      for await (const part of operation.follow?.(tools, input, signal) ?? []) output.part(part, operation.show(part))
    },
  }
}
