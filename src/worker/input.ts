/** The input of a job as its handler gets it: the same in the main loop and in a thread. */
import { decodeJson, type JobDefinition, parseWith } from '../core/index.js'

/**
 * Decoded, and parsed by the job's schema; a promise when that is asynchronous. Of a job enqueued without input the schema gets undefined,
 * and the handler what the schema makes of it.
 */
export function readInput({ input, name }: JobDefinition, payload: string): unknown {
  const raw = payload === '' ? undefined : decodeJson(payload, name)
  return input ? parseWith(input, raw, 'WS_INVALID_INPUT', `stored input of ${name}`) : raw
}
