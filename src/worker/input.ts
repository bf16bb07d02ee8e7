/** The input of a job as its handler gets it: the same in the main loop and in a thread. */
import { decodeJson, type JobDefinition, parseWith } from '../core/index.js'

/** Decoded, and parsed by the job's schema; a promise when that is asynchronous. A job enqueued without input gets undefined. */
export function readInput({ input, name }: JobDefinition, payload: string): unknown {
  // Nothing to decode in the commonest payload there is.
  if (payload === 'null') return input ? parseWith(input, null, 'WS_INVALID_INPUT', `stored input of ${name}`) : undefined
  const raw = decodeJson(payload, name)
  return input ? parseWith(input, raw, 'WS_INVALID_INPUT', `stored input of ${name}`) : raw
}
