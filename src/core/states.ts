/**
 * The states of a job, and the ends of an attempt. A job's state is the place of its entry in the store:
 *
 *   enqueue ─┬─▶ scheduled ──due──▶ queued ──claim──▶ running ─┬─▶ succeeded
 *            ├─▶ blocked ──opened──▶ queued                     ├─▶ scheduled (retrying, snoozed)
 *            └─▶ queued                                         ├─▶ dead
 *                                                               └─▶ cancelled   (from any live state)
 */

export const JOB_STATES = ['scheduled', 'blocked', 'queued', 'running', 'succeeded', 'dead', 'cancelled'] as const
export type JobState = (typeof JOB_STATES)[number]

export const TERMINAL_STATES = ['succeeded', 'dead', 'cancelled'] as const
export type TerminalState = (typeof TERMINAL_STATES)[number]

/**
 * How one claim of a job ended. Every claim has exactly one end, stored under (job, claim number).
 * `returned`: given back unstarted or interrupted by a stop, no attempt used. `lost-*`: its worker disappeared:
 * `lost-waiting` before the job started, `lost-running` while it ran among others, `lost-alone` while it ran alone, which is a crash of
 * its own.
 */
export const ENDS = [
  'succeeded',
  'dead',
  'cancelled',
  'retrying',
  'snoozed',
  'returned',
  'lost-waiting',
  'lost-running',
  'lost-alone',
] as const
export type End = (typeof ENDS)[number]

/** Ends as the small integers that both stores keep. Never renumber: rows outlive versions. */
export const END_CODES: Readonly<Record<End, number>> = {
  succeeded: 1,
  dead: 2,
  cancelled: 3,
  retrying: 4,
  snoozed: 5,
  returned: 6,
  'lost-waiting': 7,
  'lost-running': 8,
  'lost-alone': 9,
}

const BY_CODE = new Map<number, End>(ENDS.map((end) => [END_CODES[end], end]))

/** The end that a stored code stands for. */
export function endOf(code: number): End {
  const end = BY_CODE.get(code)
  if (!end) throw new RangeError(`unknown end code ${code}: written by a newer version?`)
  return end
}

export function isTerminal(state: string): state is TerminalState {
  return state === 'succeeded' || state === 'dead' || state === 'cancelled'
}
